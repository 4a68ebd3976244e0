-- Up Migration
-- Versions of agreements and what was signed of them. A version that was proposed is never another text, its state changes only as core/agreement/life.ts says
-- (a test compares), and a signed word is never changed or taken back: the database refuses all else.


CREATE TABLE agreement_version (
  hash text PRIMARY KEY REFERENCES policy,
  agreement text NOT NULL,
  version integer NOT NULL,
  source text NOT NULL,
  recipient text NOT NULL,
  -- folder: it goes when the folder no longer has the agreement
  origin text NOT NULL CHECK (origin IN ('folder', 'live')),
  state text NOT NULL CHECK (state IN ('proposed', 'approved', 'active', 'suspended', 'expired', 'revoked', 'superseded')),
  -- of its state
  since timestamptz NOT NULL,
  UNIQUE (agreement, version)
);
CREATE UNIQUE INDEX agreement_version_one ON agreement_version (agreement) WHERE state IN ('active', 'suspended');
CREATE INDEX agreement_version_sides ON agreement_version (source, recipient) WHERE state IN ('active', 'approved');
CREATE INDEX agreement_version_suspended ON agreement_version (agreement) WHERE state = 'suspended';

-- Nobody speaks twice of a version: neither in one capacity, nor with one key, nor as one person in two capacities.
CREATE TABLE agreement_approval (
  hash text NOT NULL REFERENCES agreement_version,
  role text NOT NULL CHECK (role IN ('proposer', 'source', 'recipient', 'privacy-officer')),
  officer text NOT NULL,
  key text NOT NULL,
  jwk text NOT NULL,
  jws text NOT NULL UNIQUE,
  PRIMARY KEY (hash, role),
  UNIQUE (hash, key),
  UNIQUE (hash, officer)
);

CREATE FUNCTION refuse_other_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'state' - 'since' IS DISTINCT FROM to_jsonb(OLD) - 'state' - 'since' OR (OLD.state, NEW.state) NOT IN (
    ('proposed', 'approved'), ('proposed', 'revoked'), ('proposed', 'expired'),
    ('approved', 'active'), ('approved', 'revoked'), ('approved', 'expired'),
    ('active', 'suspended'), ('active', 'revoked'), ('active', 'expired'), ('active', 'superseded'),
    ('suspended', 'active'), ('suspended', 'revoked'), ('suspended', 'expired')) THEN
    RAISE EXCEPTION 'a version of an agreement is never another' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_version_life BEFORE UPDATE ON agreement_version FOR EACH ROW EXECUTE FUNCTION refuse_other_version();
CREATE TRIGGER agreement_version_no_delete BEFORE DELETE ON agreement_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_version_no_truncate BEFORE TRUNCATE ON agreement_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_new_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'proposed' OR EXISTS (SELECT 1 FROM agreement_version v WHERE v.agreement = NEW.agreement AND v.version >= NEW.version) THEN
    RAISE EXCEPTION 'a version begins as proposed, and is newer than all' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_version_newer BEFORE INSERT ON agreement_version FOR EACH ROW EXECUTE FUNCTION refuse_new_version();

CREATE FUNCTION refuse_late_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT state FROM agreement_version v WHERE v.hash = NEW.hash) IS DISTINCT FROM 'proposed' THEN
    RAISE EXCEPTION 'only a proposed version is approved' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_approval_of_proposed BEFORE INSERT ON agreement_approval FOR EACH ROW EXECUTE FUNCTION refuse_late_approval();
CREATE TRIGGER agreement_approval_append_only BEFORE UPDATE OR DELETE ON agreement_approval FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_approval_no_truncate BEFORE TRUNCATE ON agreement_approval FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every change of an agreement raises the epoch and wakes every replica; whoever missed the call sees the number.
CREATE TABLE policy_epoch (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch bigint NOT NULL
);
INSERT INTO policy_epoch (epoch) VALUES (0);
CREATE FUNCTION raise_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE policy_epoch SET epoch = epoch + 1;
  NOTIFY sallyport_policy;
  RETURN NULL;
END $$;
CREATE TRIGGER agreement_version_told AFTER INSERT OR UPDATE ON agreement_version FOR EACH STATEMENT EXECUTE FUNCTION raise_epoch();
