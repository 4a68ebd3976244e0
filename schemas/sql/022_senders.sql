-- Up Migration
-- Which party opened a submission in the name of another, whose it is. NULL: its own.

ALTER TABLE submission ADD COLUMN sent_by text CHECK (sent_by <> party);
