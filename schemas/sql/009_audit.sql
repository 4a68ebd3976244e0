-- Up Migration
-- Reading the log in the field's own form: searches by time, and how far a collector of events outside (a SIEM) has confirmed what it was sent.

CREATE INDEX log_entry_at ON log_entry (at, index);

-- `next`: the first entry that is not confirmed. One replica at a time sends; its claim is free once its advisory lock is gone.
CREATE TABLE event_feed (
  name text PRIMARY KEY,
  next bigint NOT NULL DEFAULT 0,
  replica integer,
  confirmed_at timestamptz
);
CREATE FUNCTION refuse_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a feed never goes back' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER event_feed_forward BEFORE UPDATE ON event_feed FOR EACH ROW WHEN (NEW.next < OLD.next) EXECUTE FUNCTION refuse_going_back();

-- A hold is lifted once; nothing else of it ever changes.
CREATE TRIGGER legal_hold_only_lifted BEFORE UPDATE ON legal_hold FOR EACH ROW
  WHEN (OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL OR (NEW.id, NEW.first, NEW.last, NEW.reason, NEW.officer, NEW.placed_at)
    IS DISTINCT FROM (OLD.id, OLD.first, OLD.last, OLD.reason, OLD.officer, OLD.placed_at)) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER legal_hold_stays BEFORE DELETE ON legal_hold FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER legal_hold_no_truncate BEFORE TRUNCATE ON legal_hold FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
