-- Up Migration
-- Rosters that came with a submission: whom its Group named when it was closed, by an HMAC of who they are. Never changed; gone with the submission's key.

CREATE TABLE submitted_member (
  roster text NOT NULL,
  key bytea NOT NULL,
  submission uuid NOT NULL REFERENCES submission ON DELETE CASCADE,
  PRIMARY KEY (roster, key, submission)
);
CREATE INDEX submitted_member_submission ON submitted_member (submission);
