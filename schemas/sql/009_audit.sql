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
