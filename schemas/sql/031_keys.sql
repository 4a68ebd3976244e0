-- Up Migration
-- What the database remembers of the gateway's own keys: which there were, which each gateway that runs has, and the secret of names, wrapped.

-- Every key by purpose, from when a gateway first had it. `made_at`: as its file says, else when it was first seen. `since`: of the state.
CREATE TABLE gateway_key (
  purpose text NOT NULL CHECK (purpose IN ('token', 'manifest', 'log', 'wrapping', 'crosswalk')),
  kid text NOT NULL,
  state text NOT NULL CHECK (state IN ('next', 'current', 'retired', 'dropped', 'lost')),
  made_at timestamptz NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (purpose, kid)
);
CREATE UNIQUE INDEX gateway_key_current ON gateway_key (purpose) WHERE state = 'current';

-- What each replica has on its ring. Rows of the dead are cleared when another joins.
CREATE TABLE replica_key (
  replica integer NOT NULL,
  purpose text NOT NULL,
  kid text NOT NULL,
  state text NOT NULL CHECK (state IN ('next', 'current', 'retired')),
  PRIMARY KEY (replica, purpose, kid)
);

-- The secret under which patients and senders are named, wrapped under the crosswalk key: that key rotates, what is named stays found. Where rows
-- were named already (`adopted`), it is the crosswalk key that named them.
CREATE TABLE gateway_names (
  singular boolean PRIMARY KEY DEFAULT true CHECK (singular),
  adopted boolean NOT NULL,
  sealed bytea
);
INSERT INTO gateway_names (adopted)
  SELECT EXISTS (SELECT FROM loaded WHERE what = 'key') OR EXISTS (SELECT FROM crosswalk) OR EXISTS (SELECT FROM opt_out)
    OR EXISTS (SELECT FROM roster_member) OR EXISTS (SELECT FROM submission) OR EXISTS (SELECT FROM subject_key) OR EXISTS (SELECT FROM suspension);

-- The key of a subject is wrapped anew when the gateway's wrapping key rotates: from a retired one to the one in use, and nothing else of it changes.
CREATE OR REPLACE FUNCTION refuse_early_shredding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.party, NEW.year) IS DISTINCT FROM (OLD.id, OLD.party, OLD.year) THEN
    RAISE EXCEPTION 'the key of a subject is destroyed, never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.sealed IS NOT NULL THEN
    IF OLD.sealed IS NULL OR NEW.mac IS DISTINCT FROM OLD.mac OR length(NEW.sealed) <> length(OLD.sealed)
      OR NOT EXISTS (SELECT FROM public.gateway_key k WHERE k.purpose = 'wrapping' AND k.state = 'current' AND k.kid = encode(substring(NEW.sealed FOR 8), 'hex'))
      OR NOT EXISTS (SELECT FROM public.gateway_key k WHERE k.purpose = 'wrapping' AND k.state = 'retired' AND k.kid = encode(substring(OLD.sealed FOR 8), 'hex')) THEN
      RAISE EXCEPTION 'the key of a subject is destroyed, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NOT may_shred(OLD.year, now()) THEN
    RAISE EXCEPTION 'the key of a subject is kept for six years, and under a legal hold' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
