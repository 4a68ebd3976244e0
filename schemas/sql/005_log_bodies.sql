-- Up Migration
-- What an entry says stands apart from the entry. The leaf and its hash stay for ever; the statement, its salt and the parties it concerns may be
-- deleted once six years have passed (45 CFR 164.316(b)(2), 164.530(j)) and no legal hold covers it. Nothing in either is ever changed.

CREATE TABLE log_body (
  index bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  disclosure uuid,
  parties text[] NOT NULL DEFAULT '{}',
  statement text NOT NULL,
  salt bytea NOT NULL
);
CREATE INDEX log_body_at ON log_body (at);
CREATE INDEX log_body_disclosure ON log_body (disclosure) WHERE disclosure IS NOT NULL;
CREATE INDEX log_body_parties ON log_body USING gin (parties);

INSERT INTO log_body (index, at, disclosure, statement, salt)
  SELECT index, (statement::json->>'at')::timestamptz, disclosure, statement, salt FROM log_entry;
ALTER TABLE log_entry DROP COLUMN statement, DROP COLUMN salt;
ALTER TABLE log_entry ADD COLUMN at timestamptz;
ALTER TABLE outbox ADD COLUMN parties text[] NOT NULL DEFAULT '{}';
ALTER TABLE outbox ADD COLUMN at timestamptz NOT NULL DEFAULT now();

-- A hold covers what was logged between two moments; lifted, it stays as a row.
CREATE TABLE legal_hold (
  id uuid PRIMARY KEY,
  first timestamptz NOT NULL,
  last timestamptz NOT NULL,
  reason text NOT NULL,
  officer text NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT now(),
  lifted_at timestamptz
);

CREATE FUNCTION refuse_early_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.at > now() - interval '6 years' THEN
    RAISE EXCEPTION 'a log body is kept for six years' USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM legal_hold h WHERE h.lifted_at IS NULL AND OLD.at BETWEEN h.first AND h.last) THEN
    RAISE EXCEPTION 'a legal hold covers this log body' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER log_body_no_update BEFORE UPDATE ON log_body FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_body_kept BEFORE DELETE ON log_body FOR EACH ROW EXECUTE FUNCTION refuse_early_deletion();
CREATE TRIGGER log_body_no_truncate BEFORE TRUNCATE ON log_body FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Entries with what they say; without it where it has expired.
CREATE VIEW logged AS
  SELECT e.index, e.key, e.kind, e.entry, e.leaf_hash, b.at, b.disclosure, b.parties, b.statement, b.salt
  FROM log_entry e LEFT JOIN log_body b USING (index);
