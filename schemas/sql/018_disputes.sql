-- Up Migration
-- Disputes over a dataset: what was frozen when they were opened, and what both parties say. Words of parties are sealed; the log has their salted digests.

CREATE TABLE dispute (
  id uuid PRIMARY KEY,
  disclosure uuid NOT NULL REFERENCES disclosure,
  agreement text NOT NULL,
  source text NOT NULL,
  recipient text NOT NULL,
  opened_by text NOT NULL,
  about text NOT NULL CHECK (about IN ('disclosure', 'count', 'quality')),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'replayed', 'closed')),
  frozen text NOT NULL,
  result jsonb,
  outcome text CHECK (outcome IN ('upheld', 'rejected', 'settled', 'withdrawn')),
  opened_at timestamptz NOT NULL,
  answer_by timestamptz NOT NULL,
  decide_by timestamptz NOT NULL,
  closed_at timestamptz,
  CHECK ((state = 'closed') = (outcome IS NOT NULL))
);
CREATE INDEX dispute_parties ON dispute (source, recipient);
CREATE INDEX dispute_open ON dispute (disclosure) WHERE state <> 'closed';

CREATE TABLE dispute_statement (
  dispute uuid NOT NULL REFERENCES dispute,
  n integer NOT NULL,
  party text NOT NULL,
  sealed bytea NOT NULL,
  digest text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (dispute, n)
);
