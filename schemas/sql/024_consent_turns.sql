-- Up Migration
-- The day on which a rule that names periods denies more than before: on it, what was released of its patient is looked at again. Of rules kept before it is not
-- known, so they are looked at once.

ALTER TABLE opt_out ADD COLUMN turns_on date;
UPDATE opt_out SET turns_on = '-infinity' WHERE scope IS NOT NULL;
CREATE INDEX opt_out_turns ON opt_out (turns_on) WHERE turns_on IS NOT NULL;
