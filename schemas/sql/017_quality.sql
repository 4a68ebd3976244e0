-- Up Migration
-- The quality of what a submission brought, per disclosure: figures, never a value of a record.

-- Counts of a bucket, sealed: names of shared records stand in them as digests until all buckets are in.
ALTER TABLE bucket_result ADD COLUMN quality bytea;

-- `shortfalls`: which promises of the agreement were not kept; `accepted_by`: the officer who released the dataset nevertheless.
CREATE TABLE quality (
  disclosure uuid NOT NULL REFERENCES disclosure,
  submission uuid NOT NULL REFERENCES submission,
  agreement text NOT NULL,
  figures jsonb NOT NULL,
  shortfalls jsonb NOT NULL,
  accepted_by text,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (disclosure, submission)
);
CREATE INDEX quality_agreement ON quality (agreement, at);
