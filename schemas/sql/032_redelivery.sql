-- Up Migration
-- Datasets that an officer offered again to those who had them: they stand in the next export of their recipient, whatever its moment says. Rows are never changed.

CREATE TABLE redelivery (
  disclosure uuid NOT NULL REFERENCES disclosure (id) ON DELETE CASCADE,
  at timestamptz NOT NULL,
  PRIMARY KEY (disclosure, at)
);
