-- Up Migration
-- What aggregate-only releases told: who was counted with what, and which cells, sealed. The next release is compared with it.

CREATE TABLE aggregate_told (
  disclosure uuid PRIMARY KEY REFERENCES disclosure,
  scope text NOT NULL,
  sealed bytea NOT NULL
);
CREATE INDEX aggregate_told_scope ON aggregate_told (scope);
