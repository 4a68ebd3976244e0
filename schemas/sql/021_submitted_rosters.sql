-- Up Migration
-- Rosters that came with a submission: whom its Group named when it was closed, by an HMAC of who they are. Never changed: a
-- replay of the dataset asks again. The key of the submission may be gone by then.

CREATE TABLE submitted_member (
  roster text NOT NULL,
  key bytea NOT NULL,
  submission uuid NOT NULL REFERENCES submission ON DELETE CASCADE,
  PRIMARY KEY (roster, key, submission)
);
