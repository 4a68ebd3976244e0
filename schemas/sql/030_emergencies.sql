-- Up Migration
-- Break-glass: what an officer asked for beyond his or her file, who approved it, and from when until when it stands. What was asked is never another request, and what
-- has ended stays ended. Two may approve, and neither is the one who asked: the database holds that, too.

CREATE TABLE emergency (
  id uuid PRIMARY KEY,
  officer text NOT NULL,
  -- canonical JSON; its hash is what is approved
  request text NOT NULL,
  hash text NOT NULL,
  asked timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('asked', 'standing', 'ended')),
  begun timestamptz,
  until timestamptz,
  ended timestamptz,
  -- id of an officer, or 'time'
  ended_by text,
  CHECK ((begun IS NULL) = (until IS NULL)),
  CHECK (state <> 'asked' OR begun IS NULL),
  CHECK (state <> 'standing' OR begun IS NOT NULL),
  CHECK ((state = 'ended') = (ended IS NOT NULL AND ended_by IS NOT NULL))
);
CREATE INDEX emergency_open ON emergency (asked) WHERE state <> 'ended';

CREATE TABLE emergency_approval (
  emergency uuid NOT NULL REFERENCES emergency,
  officer text NOT NULL,
  role text NOT NULL CHECK (role IN ('privacy-officer', 'another')),
  -- RFC 7638 thumbprint of the key that signed; null: by the officer's own sign-in
  key text,
  jws text,
  at timestamptz NOT NULL,
  PRIMARY KEY (emergency, officer),
  UNIQUE (emergency, key)
);

CREATE FUNCTION refuse_other_emergency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.officer, NEW.request, NEW.hash, NEW.asked) IS DISTINCT FROM (OLD.id, OLD.officer, OLD.request, OLD.hash, OLD.asked)
    OR (OLD.begun IS NOT NULL AND (NEW.begun, NEW.until) IS DISTINCT FROM (OLD.begun, OLD.until))
    OR (OLD.state, NEW.state) NOT IN (('asked', 'standing'), ('asked', 'ended'), ('standing', 'ended')) THEN
    RAISE EXCEPTION 'a request is never another, and what has ended stays ended' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state = 'standing' AND ((SELECT count(*) FROM emergency_approval a WHERE a.emergency = NEW.id) < 2
    OR NOT EXISTS (SELECT FROM emergency_approval a WHERE a.emergency = NEW.id AND a.role = 'privacy-officer')) THEN
    RAISE EXCEPTION 'two approve, a privacy officer one of them' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION refuse_own_emergency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM emergency e WHERE e.id = NEW.emergency AND e.state = 'asked' AND e.officer <> NEW.officer) THEN
    RAISE EXCEPTION 'others approve what is still asked for' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION refuse_granted_emergency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state <> 'asked' THEN
    RAISE EXCEPTION 'it is asked for first' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER emergency_begins_asked BEFORE INSERT ON emergency FOR EACH ROW EXECUTE FUNCTION refuse_granted_emergency();
CREATE TRIGGER emergency_never_another BEFORE UPDATE ON emergency FOR EACH ROW EXECUTE FUNCTION refuse_other_emergency();
CREATE TRIGGER emergency_kept BEFORE DELETE ON emergency FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER emergency_no_truncate BEFORE TRUNCATE ON emergency FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER emergency_told AFTER UPDATE ON emergency FOR EACH STATEMENT EXECUTE FUNCTION raise_registry();
CREATE TRIGGER emergency_approval_of_others BEFORE INSERT ON emergency_approval FOR EACH ROW EXECUTE FUNCTION refuse_own_emergency();
CREATE TRIGGER emergency_approval_append_only BEFORE UPDATE OR DELETE ON emergency_approval FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER emergency_approval_no_truncate BEFORE TRUNCATE ON emergency_approval FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
