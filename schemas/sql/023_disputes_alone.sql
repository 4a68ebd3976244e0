-- Up Migration
-- A dispute over a dataset that its recipient was never told of is its source's alone: it has no recipient.

ALTER TABLE dispute ALTER COLUMN recipient DROP NOT NULL;
UPDATE dispute SET recipient = NULL WHERE frozen::jsonb -> 'statement' = 'null';
