-- Up Migration
-- What an accounting of disclosures believes is what the entries of the log say. Incidents and suspensions stand in tables beside it, which are held against
-- the log and change as little as may be; when accountings were made the log alone tells.

DROP TABLE accounting_made;

-- The few entries that an accounting, or a verification of what it stands on, looks for by their kind.
CREATE INDEX log_entry_told ON log_entry (kind, index) WHERE kind IN
  ('dataset-released', 'incident-opened', 'accounting-suspended', 'accounting-resumed', 'accounting-made', 'subjects-shredded', 'policy-changed');

CREATE TRIGGER incident_no_truncate BEFORE TRUNCATE ON incident FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A suspension is lifted once; nothing else of it changes.
CREATE FUNCTION refuse_other_suspension() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL OR to_jsonb(NEW) - 'lifted_at' IS DISTINCT FROM to_jsonb(OLD) - 'lifted_at' THEN
    RAISE EXCEPTION 'a suspension is lifted, never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER suspension_lifted_once BEFORE UPDATE ON suspension FOR EACH ROW EXECUTE FUNCTION refuse_other_suspension();
CREATE TRIGGER suspension_no_delete BEFORE DELETE ON suspension FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER suspension_no_truncate BEFORE TRUNCATE ON suspension FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Six years since the last day of the year, and the 90 days in which an accounting that was asked for then may still be owed (45 CFR 164.528(c)(1)).
CREATE OR REPLACE FUNCTION may_shred(year integer, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT make_timestamptz(year + 7, 1, 1, 0, 0, 0, 'UTC') + interval '2160 hours' <= at AND NOT EXISTS (
    SELECT 1 FROM legal_hold h WHERE h.lifted_at IS NULL
      AND h.first < make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'UTC') AND h.last >= make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC'))
$$;
