-- Up Migration
-- About a patient, without writing the patient down. A dataset's entry commits to the root of a tree of rows, one a subject. What a row says is sealed
-- under a random key of the subject; destroying the key shreds it, and every proof still verifies. Never before six years have passed (45 CFR
-- 164.316(b)(2), 164.528, 164.530(j)), and never under a legal hold.

-- One key a subject and year, so that a year can expire. Destroyed, it is a number and no more: nobody can be found by it.
CREATE TABLE subject_key (
  id bigserial PRIMARY KEY,
  party text NOT NULL,
  year integer NOT NULL,
  mac bytea,
  sealed bytea,
  shredded_at timestamptz,
  UNIQUE (mac, year),
  CHECK ((mac IS NULL) = (sealed IS NULL) AND (sealed IS NULL) = (shredded_at IS NOT NULL))
);
CREATE INDEX subject_key_live ON subject_key (year) WHERE sealed IS NOT NULL;
CREATE INDEX subject_key_shredded ON subject_key (party, year) WHERE sealed IS NULL;

-- Other names by which a subject's own records call it: a Patient's id where a Bundle gave it another.
CREATE TABLE subject_alias (
  mac bytea NOT NULL,
  subject bigint NOT NULL REFERENCES subject_key,
  PRIMARY KEY (mac, subject)
);
CREATE INDEX subject_alias_subject ON subject_alias (subject);

-- In the order of their leaves' hashes, which are random: order tells nothing.
CREATE TABLE subject_row (
  disclosure uuid NOT NULL REFERENCES disclosure,
  position integer NOT NULL,
  subject bigint NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (disclosure, position)
);
CREATE INDEX subject_row_subject ON subject_row (subject);

-- The hashes of the tree, up to 256 a tile; level 0 are the leaves, level 1 the roots of full tiles below.
CREATE TABLE subject_tile (
  disclosure uuid NOT NULL REFERENCES disclosure,
  level smallint NOT NULL,
  index integer NOT NULL,
  hashes bytea NOT NULL,
  PRIMARY KEY (disclosure, level, index)
);
ALTER TABLE subject_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TRIGGER subject_row_append_only BEFORE UPDATE OR DELETE ON subject_row FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_row_no_truncate BEFORE TRUNCATE ON subject_row FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_tile_append_only BEFORE UPDATE OR DELETE ON subject_tile FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_tile_no_truncate BEFORE TRUNCATE ON subject_tile FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A year may be shredded once six years have passed since its last day.
CREATE FUNCTION may_shred(year integer, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT make_timestamptz(year + 7, 1, 1, 0, 0, 0, 'UTC') <= at AND NOT EXISTS (
    SELECT 1 FROM legal_hold h WHERE h.lifted_at IS NULL
      AND h.first < make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'UTC') AND h.last >= make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC'))
$$;
CREATE FUNCTION refuse_early_shredding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sealed IS NOT NULL OR (NEW.id, NEW.party, NEW.year) IS DISTINCT FROM (OLD.id, OLD.party, OLD.year) THEN
    RAISE EXCEPTION 'the key of a subject is destroyed, never changed' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NOT may_shred(OLD.year, now()) THEN
    RAISE EXCEPTION 'the key of a subject is kept for six years, and under a legal hold' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER subject_key_kept BEFORE UPDATE ON subject_key FOR EACH ROW EXECUTE FUNCTION refuse_early_shredding();
CREATE TRIGGER subject_key_no_delete BEFORE DELETE ON subject_key FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_key_no_truncate BEFORE TRUNCATE ON subject_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_early_unnaming() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM subject_key k WHERE k.id = OLD.subject AND k.sealed IS NOT NULL) THEN
    RAISE EXCEPTION 'the name of a subject is kept as long as its key' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER subject_alias_no_update BEFORE UPDATE ON subject_alias FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_alias_kept BEFORE DELETE ON subject_alias FOR EACH ROW EXECUTE FUNCTION refuse_early_unnaming();
CREATE TRIGGER subject_alias_no_truncate BEFORE TRUNCATE ON subject_alias FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Disclosures found impermissible: accountable, whatever their mode (45 CFR 164.528).
CREATE TABLE incident (
  disclosure uuid PRIMARY KEY REFERENCES disclosure,
  at timestamptz NOT NULL,
  officer text NOT NULL,
  reason text NOT NULL
);
CREATE TRIGGER incident_append_only BEFORE UPDATE OR DELETE ON incident FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- 45 CFR 164.528(a)(2): what was disclosed to the recipient stays out of an accounting for the days a health oversight agency or law enforcement asked for.
CREATE TABLE suspension (
  id uuid PRIMARY KEY,
  party text NOT NULL,
  recipient text NOT NULL,
  mac bytea NOT NULL,
  first date NOT NULL,
  last date NOT NULL,
  placed_at timestamptz NOT NULL,
  lifted_at timestamptz,
  CHECK (first <= last)
);
CREATE INDEX suspension_mac ON suspension (mac);

-- When accountings were made for whom: the first in twelve months is free.
CREATE TABLE accounting_made (
  mac bytea NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX accounting_made_mac ON accounting_made (mac, at);
