-- Up Migration
-- Nothing that proves the log may be left out of it. A body without its seed would leave the key of its entry unproved, and what proves that something
-- expired, or that a hold stood, is kept as long as the log.

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
