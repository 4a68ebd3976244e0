-- Up Migration
-- What the cookies of a session held before the last two: whoever copied one and was quicker than its owner is found by the owner's. As many as fit between the ends of a session.

ALTER TABLE officer_session ADD COLUMN earlier_sha256 bytea[] NOT NULL DEFAULT '{}';
CREATE INDEX officer_session_earlier ON officer_session USING gin (earlier_sha256);
