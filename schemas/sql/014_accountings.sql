-- Up Migration
-- Officers sign in, and ask for accountings: a change of one is an entry, as of a party.

ALTER TABLE policy DROP CONSTRAINT policy_kind_check, ADD CHECK (kind IN ('agreement', 'profile', 'party', 'officer', 'log'));
ALTER TABLE loaded DROP CONSTRAINT loaded_what_check, ADD CHECK (what IN ('agreement', 'profile', 'party', 'officer', 'log', 'key'));
