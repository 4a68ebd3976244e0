-- Up Migration
-- Nothing that proves the log may be left out of it. A body without its seed would leave the key of its entry unproved, and what proves that something
-- expired, or that a hold stood, is kept as long as the log.

DO $$
DECLARE unproved bigint := (SELECT count(*) FROM log_body WHERE seed IS NULL) + (SELECT count(*) FROM outbox WHERE seed IS NULL);
BEGIN
  IF unproved > 0 THEN
    RAISE EXCEPTION 'its log holds entries of before migration 006 (%), whose keys nothing proves; nothing was changed. Such a database stays with the version that made it: run that version on it, for as long as its entries must be kept, and begin this one on an empty database, with a data folder and a log key of its own (sallyport keys generate).', unproved;
  END IF;
END $$;
ALTER TABLE outbox ALTER COLUMN seed SET NOT NULL;
ALTER TABLE log_body ALTER COLUMN seed SET NOT NULL;

-- The few entries the gateway asks for by kind.
CREATE INDEX log_entry_keeping ON log_entry (kind, index) WHERE kind IN ('hold-placed', 'hold-lifted', 'bodies-expired', 'log-verified');

CREATE OR REPLACE FUNCTION refuse_early_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.at > now() - interval '6 years' THEN
    RAISE EXCEPTION 'a log body is kept for six years' USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM legal_hold h WHERE h.lifted_at IS NULL AND OLD.at BETWEEN h.first AND h.last) THEN
    RAISE EXCEPTION 'a legal hold covers this log body' USING ERRCODE = 'restrict_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM log_entry e WHERE e.index = OLD.index AND e.kind IN ('hold-placed', 'hold-lifted', 'bodies-expired')) THEN
    RAISE EXCEPTION 'what proves an expiry or a hold is kept' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;

-- As 009 has it, in a form that PostgreSQL reads back from its own text as it was: a database that is restored has the same trigger.
DROP TRIGGER legal_hold_only_lifted ON legal_hold;
CREATE TRIGGER legal_hold_only_lifted BEFORE UPDATE ON legal_hold FOR EACH ROW
  WHEN (OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL OR NEW.id IS DISTINCT FROM OLD.id OR NEW.first IS DISTINCT FROM OLD.first
    OR NEW.last IS DISTINCT FROM OLD.last OR NEW.reason IS DISTINCT FROM OLD.reason OR NEW.officer IS DISTINCT FROM OLD.officer
    OR NEW.placed_at IS DISTINCT FROM OLD.placed_at) EXECUTE FUNCTION refuse_change();
