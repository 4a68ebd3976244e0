-- Up Migration
-- Words by which privacy officers attested anew what is in force, and warnings that it must be: neither is ever changed or taken back, and a warning is made once.

CREATE TABLE agreement_attestation (
  hash text NOT NULL REFERENCES agreement_version,
  officer text NOT NULL,
  key text NOT NULL,
  jwk text NOT NULL,
  jws text PRIMARY KEY
);
CREATE INDEX agreement_attestation_hash ON agreement_attestation (hash);
CREATE TABLE agreement_warning (
  hash text NOT NULL REFERENCES agreement_version,
  what text NOT NULL CHECK (what IN ('agreement', 'certificate')),
  due text NOT NULL,
  days integer NOT NULL CHECK (days IN (60, 30, 7)),
  PRIMARY KEY (hash, what, due, days)
);

CREATE FUNCTION refuse_idle_attestation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM agreement_version v WHERE v.hash = NEW.hash AND v.state IN ('active', 'suspended')) THEN
    RAISE EXCEPTION 'only a version in force or suspended is attested' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_attestation_of_standing BEFORE INSERT ON agreement_attestation FOR EACH ROW EXECUTE FUNCTION refuse_idle_attestation();
CREATE TRIGGER agreement_attestation_append_only BEFORE UPDATE OR DELETE ON agreement_attestation FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_attestation_no_truncate BEFORE TRUNCATE ON agreement_attestation FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_attestation_told AFTER INSERT ON agreement_attestation FOR EACH STATEMENT EXECUTE FUNCTION raise_epoch();
CREATE TRIGGER agreement_warning_append_only BEFORE UPDATE OR DELETE ON agreement_warning FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_warning_no_truncate BEFORE TRUNCATE ON agreement_warning FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
