-- Up Migration
-- Who is registered, how each stands, and which keys are whose. A revoked id or key never comes back, a key is never another's, and a standing changes only as
-- core/identity/party-life.ts says (a test compares): the database refuses all else. Each change raises the epoch under its lock, so that a replica reads only
-- the rows that are newer than those it has seen.

CREATE TABLE registry_epoch (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch bigint NOT NULL
);
INSERT INTO registry_epoch (epoch) VALUES (0);

-- For what else the registry holds (revoked tokens, emergencies): it is read again whole.
CREATE FUNCTION raise_registry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE registry_epoch SET epoch = epoch + 1;
  NOTIFY sallyport_registry;
  RETURN NULL;
END $$;

CREATE TABLE identity (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('party', 'officer')),
  -- folder: its file says who it is, and it goes when the folder no longer has it
  origin text NOT NULL CHECK (origin IN ('folder', 'live')),
  -- of a live party: JSON, without its keys
  document text,
  standing text NOT NULL CHECK (standing IN ('active', 'suspended', 'revoked')),
  reason text,
  -- who brought it to this standing
  officer text,
  since timestamptz NOT NULL,
  -- tokens and sessions of before are dead
  not_before timestamptz,
  epoch bigint NOT NULL,
  CHECK ((origin = 'live') = (document IS NOT NULL)),
  CHECK (origin = 'folder' OR kind = 'party')
);
CREATE INDEX identity_epoch ON identity (epoch);
CREATE INDEX identity_out ON identity (id) WHERE standing <> 'active';

-- Of a folder's party or officer: what differs from its file.
CREATE TABLE identity_key (
  identity text NOT NULL REFERENCES identity,
  -- RFC 7638
  thumbprint text NOT NULL,
  kid text NOT NULL,
  -- public, JSON; of one that is no longer active nothing but its name is needed
  jwk text,
  state text NOT NULL CHECK (state IN ('active', 'retired', 'revoked')),
  reason text,
  officer text,
  since timestamptz NOT NULL,
  epoch bigint NOT NULL,
  PRIMARY KEY (identity, thumbprint),
  CHECK ((state = 'active') = (jwk IS NOT NULL))
);
CREATE INDEX identity_key_epoch ON identity_key (epoch);
CREATE INDEX identity_key_thumbprint ON identity_key (thumbprint);
CREATE UNIQUE INDEX identity_key_one ON identity_key (thumbprint) WHERE state = 'active';
CREATE UNIQUE INDEX identity_key_kid ON identity_key (identity, kid) WHERE state = 'active';

CREATE FUNCTION refuse_other_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.kind, NEW.origin) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.origin) OR (OLD.standing <> NEW.standing AND (OLD.standing, NEW.standing) NOT IN (
    ('active', 'suspended'), ('suspended', 'active'), ('active', 'revoked'), ('suspended', 'revoked'))) THEN
    RAISE EXCEPTION 'an identity is never another' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.not_before < OLD.not_before OR (OLD.not_before IS NOT NULL AND NEW.not_before IS NULL) THEN
    RAISE EXCEPTION 'what is dead stays dead' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER identity_life BEFORE UPDATE ON identity FOR EACH ROW EXECUTE FUNCTION refuse_other_identity();
CREATE TRIGGER identity_no_delete BEFORE DELETE ON identity FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER identity_no_truncate BEFORE TRUNCATE ON identity FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_other_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.identity, NEW.thumbprint, NEW.kid) IS DISTINCT FROM (OLD.identity, OLD.thumbprint, OLD.kid) OR (OLD.state, NEW.state) NOT IN (
    ('active', 'retired'), ('active', 'revoked'), ('retired', 'revoked')) THEN
    RAISE EXCEPTION 'a key is never another, and does not come back' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER identity_key_life BEFORE UPDATE ON identity_key FOR EACH ROW EXECUTE FUNCTION refuse_other_key();
CREATE TRIGGER identity_key_no_delete BEFORE DELETE ON identity_key FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER identity_key_no_truncate BEFORE TRUNCATE ON identity_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A party is invited by a code that nobody keeps: only its hash stands here.
CREATE TABLE party_invitation (
  hash text PRIMARY KEY,
  party text NOT NULL,
  role text NOT NULL CHECK (role IN ('hospital', 'insurer')),
  invited_by text NOT NULL,
  made timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'waiting', 'confirmed', 'declined')),
  -- what was offered: the party's document with its keys, JSON
  document text,
  CHECK ((state = 'open') = (document IS NULL) OR state = 'declined')
);
CREATE UNIQUE INDEX party_invitation_one ON party_invitation (party) WHERE state IN ('open', 'waiting');

CREATE FUNCTION refuse_other_invitation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'state' - 'document' IS DISTINCT FROM to_jsonb(OLD) - 'state' - 'document' OR (OLD.document IS NOT NULL AND NEW.document IS DISTINCT FROM OLD.document)
    OR (OLD.state, NEW.state) NOT IN (('open', 'waiting'), ('open', 'declined'), ('waiting', 'confirmed'), ('waiting', 'declined')) THEN
    RAISE EXCEPTION 'an invitation is used once' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER party_invitation_once BEFORE UPDATE ON party_invitation FOR EACH ROW EXECUTE FUNCTION refuse_other_invitation();
