-- Up Migration
-- What one operator began about a registered party and another has to confirm before it is so: a key, a secret. Confirmed once, never by who began it; and by which key
-- whoever began it signed.
CREATE TABLE party_change (
  party text NOT NULL REFERENCES identity,
  what text NOT NULL CHECK (what IN ('key', 'secret', 'amendment')),
  -- what is confirmed: the thumbprint of a key (RFC 7638), the hash of all else
  hash text NOT NULL,
  -- JSON; of a secret its salt and hash
  content text NOT NULL,
  officer text NOT NULL,
  -- RFC 7638; null: who began it signed in
  signer text,
  made timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'confirmed', 'declined')),
  confirmed_by text CHECK (confirmed_by <> officer),
  CHECK ((state = 'confirmed') = (confirmed_by IS NOT NULL))
);
CREATE UNIQUE INDEX party_change_one ON party_change (party, hash) WHERE state = 'waiting';

CREATE FUNCTION refuse_other_party_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'state' - 'confirmed_by' IS DISTINCT FROM to_jsonb(OLD) - 'state' - 'confirmed_by' OR OLD.state <> 'waiting' OR NEW.state = 'waiting' THEN
    RAISE EXCEPTION 'a change is confirmed once, as it was begun' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER party_change_once BEFORE UPDATE ON party_change FOR EACH ROW EXECUTE FUNCTION refuse_other_party_change();
CREATE TRIGGER party_change_no_delete BEFORE DELETE ON party_change FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER party_change_no_truncate BEFORE TRUNCATE ON party_change FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A party that an operator registers waits as one that was invited does.
ALTER TABLE party_invitation ADD COLUMN signer text;
ALTER TABLE party_invitation ADD COLUMN how text NOT NULL DEFAULT 'invited' CHECK (how IN ('invited', 'desk'));

-- Was the key the identity's by a row or a file? What a party only served when it was revoked may be another's: that takes it from nobody else.
ALTER TABLE identity_key ADD COLUMN own boolean NOT NULL DEFAULT true;
