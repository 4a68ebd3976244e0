-- Up Migration
-- The policy of the log itself is a policy: a change of it is an entry, too.

ALTER TABLE policy DROP CONSTRAINT policy_kind_check, ADD CHECK (kind IN ('agreement', 'profile', 'party', 'log'));
ALTER TABLE loaded DROP CONSTRAINT loaded_what_check, ADD CHECK (what IN ('agreement', 'profile', 'party', 'log', 'key'));
