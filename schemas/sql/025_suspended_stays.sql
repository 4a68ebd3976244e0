-- Up Migration
-- A version that is suspended does not expire: a newer one, approved before the suspension, would come into force in its place.

CREATE OR REPLACE FUNCTION refuse_other_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'state' - 'since' IS DISTINCT FROM to_jsonb(OLD) - 'state' - 'since' OR (OLD.state, NEW.state) NOT IN (
    ('proposed', 'approved'), ('proposed', 'revoked'), ('proposed', 'expired'),
    ('approved', 'active'), ('approved', 'revoked'), ('approved', 'expired'),
    ('active', 'suspended'), ('active', 'revoked'), ('active', 'expired'), ('active', 'superseded'),
    ('suspended', 'active'), ('suspended', 'revoked')) THEN
    RAISE EXCEPTION 'a version of an agreement is never another' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
