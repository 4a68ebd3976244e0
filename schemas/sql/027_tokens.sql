-- Up Migration
-- Access tokens that were revoked one by one, until they would have expired; and secrets of parties whose agreements allow them, as hashes.

CREATE TABLE revoked_token (
  jti text PRIMARY KEY CHECK (length(jti) BETWEEN 1 AND 64),
  party text NOT NULL,
  expires timestamptz NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX revoked_token_expires ON revoked_token (expires);

-- scrypt (RFC 7914): N = 2^14, r = 8, p = 1. One a party: a new one takes the place of the old.
CREATE TABLE client_secret (
  party text PRIMARY KEY,
  salt bytea NOT NULL CHECK (octet_length(salt) = 16),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  at timestamptz NOT NULL
);

-- What was spent stays spent, and what was revoked revoked, as long as it could be used.
CREATE FUNCTION refuse_unexpired_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.expires > now() THEN
    RAISE EXCEPTION 'it could be used still' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER revoked_token_kept BEFORE DELETE ON revoked_token FOR EACH ROW EXECUTE FUNCTION refuse_unexpired_deletion();
CREATE TRIGGER spent_jti_kept BEFORE DELETE ON spent_jti FOR EACH ROW EXECUTE FUNCTION refuse_unexpired_deletion();
CREATE TRIGGER revoked_token_no_update BEFORE UPDATE ON revoked_token FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER spent_jti_no_update BEFORE UPDATE ON spent_jti FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Every replica knows at once: registry_epoch of 026.
CREATE TRIGGER revoked_token_told AFTER INSERT ON revoked_token FOR EACH STATEMENT EXECUTE FUNCTION raise_registry();
