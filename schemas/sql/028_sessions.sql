-- Up Migration
-- Officers who signed in by browser. Of the value in their cookie only the SHA-256 is here, the one before it, too: it is good for a few seconds more, and after that tells of a copy.

CREATE TABLE officer_session (
  id uuid PRIMARY KEY,
  officer text NOT NULL,
  secret_sha256 bytea NOT NULL UNIQUE CHECK (length(secret_sha256) = 32),
  before_sha256 bytea UNIQUE CHECK (length(before_sha256) = 32),
  before_until timestamptz CHECK ((before_sha256 IS NULL) = (before_until IS NULL)),
  -- of issuer and subject, and of the provider's own session: what its back channel names
  subject_sha256 bytea NOT NULL CHECK (length(subject_sha256) = 32),
  provider_sha256 bytea CHECK (length(provider_sha256) = 32),
  made timestamptz NOT NULL,
  rotated timestamptz NOT NULL,
  seen timestamptz NOT NULL,
  ends timestamptz NOT NULL CHECK (ends > made)
);
CREATE INDEX officer_session_officer ON officer_session (officer);
CREATE INDEX officer_session_subject ON officer_session (subject_sha256);
CREATE INDEX officer_session_provider ON officer_session (provider_sha256);
