-- Up Migration
-- What patients said no to, with its scope, and what follows when they say it later: a dataset nobody fetched is withdrawn and cut again, of others the
-- recipient is told which surrogates to delete.

-- A patient may say no to many things: one row each. `rule` names what the row denies (an HMAC), `scope` says it, sealed. Both empty: everything.
ALTER TABLE opt_out ADD COLUMN rule bytea NOT NULL DEFAULT '', ADD COLUMN scope bytea, ADD COLUMN forgotten_at timestamptz,
  DROP CONSTRAINT opt_out_pkey, ADD PRIMARY KEY (key, rule), ADD CHECK ((rule = '') = (scope IS NULL));

-- A dataset cut again names the one it comes from. Fetched: somebody asked for a file or the manifest; of a shard: it was handed out to its end.
ALTER TABLE disclosure ADD COLUMN recut_of uuid REFERENCES disclosure, ADD COLUMN fetched_at timestamptz, ADD COLUMN acknowledged_at timestamptz;
CREATE INDEX disclosure_recut_of ON disclosure (recut_of) WHERE recut_of IS NOT NULL;
ALTER TABLE shard ADD COLUMN fetched_at timestamptz;
-- of what was ready before this it is not known here: it counts as fetched, and was destroyed but for its shards
UPDATE disclosure SET fetched_at = COALESCE(released_at, at), acknowledged_at = COALESCE(released_at, at) WHERE state IN ('ready', 'recalled', 'expired');

-- The names under which the list may have a released subject, so that a later no finds its datasets.
CREATE TABLE subject_consent (
  name bytea NOT NULL,
  subject bigint NOT NULL REFERENCES subject_key,
  PRIMARY KEY (name, subject)
);
CREATE INDEX subject_consent_subject ON subject_consent (subject);

-- By which dataset a row of the ledger stands, and what stood there before: a withdrawal takes back what nobody received.
ALTER TABLE released_subject ADD COLUMN disclosure uuid;
CREATE TABLE released_before (
  until uuid NOT NULL,
  LIKE released_subject,
  PRIMARY KEY (until, agreement, key)
);

-- Surrogates a recipient holds and is to delete, without a reason.
CREATE TABLE surrogate_deleted (
  agreement text NOT NULL,
  key bytea NOT NULL,
  sealed bytea NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (agreement, key)
);
CREATE INDEX surrogate_deleted_at ON surrogate_deleted (agreement, at);
