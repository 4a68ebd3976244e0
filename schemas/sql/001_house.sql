-- Up Migration
-- The whole house in one place: submissions, their uploads, the work on them, what was released, and the log.
-- Rows never hold PHI in clear: names and keys of senders are HMACs, subjects are HMACs or sealed bytes.

CREATE SEQUENCE replica_number AS integer;

CREATE TABLE policy (
  hash text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('agreement', 'profile', 'party')),
  body text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE submission (
  id uuid PRIMARY KEY,
  party text NOT NULL,
  agreements text[] NOT NULL,
  key_mac bytea,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'destroyed')),
  sealed_key bytea,
  opened_at timestamptz NOT NULL DEFAULT now(),
  closed_at timestamptz,
  destroyed_at timestamptz,
  CHECK ((state = 'destroyed') = (sealed_key IS NULL))
);
CREATE UNIQUE INDEX submission_key ON submission (party, key_mac) WHERE key_mac IS NOT NULL;
CREATE INDEX submission_closed ON submission (closed_at) WHERE state = 'closed';

CREATE TABLE upload (
  id uuid PRIMARY KEY,
  submission uuid NOT NULL REFERENCES submission,
  ordinal bigserial NOT NULL,
  name_mac bytea NOT NULL,
  label text NOT NULL,
  key_mac bytea,
  body_sha256 bytea,
  state text NOT NULL CHECK (state IN ('receiving', 'kept', 'failed', 'replaced')),
  replica integer NOT NULL,
  bytes bigint NOT NULL DEFAULT 0,
  received bigint NOT NULL DEFAULT 0,
  rejected jsonb NOT NULL DEFAULT '{}',
  index bytea,
  started_at timestamptz NOT NULL DEFAULT now(),
  kept_at timestamptz
);
CREATE UNIQUE INDEX upload_name ON upload (submission, name_mac) WHERE state = 'kept';
CREATE UNIQUE INDEX upload_receiving ON upload (submission, name_mac) WHERE state = 'receiving';
CREATE UNIQUE INDEX upload_key ON upload (submission, key_mac) WHERE state IN ('receiving', 'kept');

CREATE TABLE upload_issue (
  upload uuid NOT NULL REFERENCES upload ON DELETE CASCADE,
  n integer NOT NULL,
  line bigint NOT NULL,
  path text NOT NULL,
  code text NOT NULL,
  PRIMARY KEY (upload, n)
);

CREATE TABLE disclosure (
  id uuid PRIMARY KEY,
  agreement text NOT NULL,
  agreement_hash text NOT NULL REFERENCES policy,
  profile_hash text NOT NULL REFERENCES policy,
  recipient text NOT NULL,
  source text NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'releasing', 'gating', 'held', 'sealing', 'recording', 'recorded', 'ready', 'refused', 'empty', 'withdrawn', 'recalled', 'expired')),
  reason text,
  due_at timestamptz NOT NULL,
  at timestamptz,
  sealed_key bytea NOT NULL,
  buckets_left integer,
  shards_left integer,
  counts jsonb NOT NULL DEFAULT '{}',
  gate jsonb,
  statement text,
  salt bytea,
  manifest text,
  dictionary text,
  created_at timestamptz NOT NULL DEFAULT now(),
  released_at timestamptz
);
CREATE UNIQUE INDEX disclosure_waiting ON disclosure (agreement) WHERE state = 'waiting';
CREATE INDEX disclosure_released ON disclosure (agreement, released_at);
CREATE INDEX disclosure_state ON disclosure (state);

CREATE TABLE disclosure_submission (
  disclosure uuid NOT NULL REFERENCES disclosure,
  submission uuid NOT NULL REFERENCES submission,
  PRIMARY KEY (disclosure, submission)
);
CREATE INDEX disclosure_of_submission ON disclosure_submission (submission);

CREATE TABLE work (
  id bigserial PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('bucket', 'gate', 'seal', 'record', 'destroy')),
  target uuid NOT NULL,
  part integer NOT NULL DEFAULT 0,
  replica integer,
  attempts integer NOT NULL DEFAULT 0,
  ready_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (kind, target, part)
);
CREATE INDEX work_ready ON work (ready_at, id);

CREATE TABLE bucket_result (
  disclosure uuid NOT NULL REFERENCES disclosure,
  bucket integer NOT NULL,
  file uuid NOT NULL,
  index jsonb NOT NULL,
  counts jsonb NOT NULL,
  subjects bytea NOT NULL,
  levels bytea,
  PRIMARY KEY (disclosure, bucket)
);

CREATE TABLE shard (
  disclosure uuid NOT NULL REFERENCES disclosure,
  part integer NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  first_bucket integer NOT NULL,
  last_bucket integer NOT NULL,
  file uuid,
  records bigint,
  bytes bigint,
  sha256 bytea,
  plain_bytes bigint,
  plain_sha256 bytea,
  PRIMARY KEY (disclosure, part),
  UNIQUE (disclosure, name)
);

CREATE TABLE crosswalk (
  agreement text NOT NULL,
  key bytea NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (agreement, key)
);

CREATE TABLE released_subject (
  agreement text NOT NULL,
  key bytea NOT NULL,
  level smallint NOT NULL,
  class_mac bytea NOT NULL,
  PRIMARY KEY (agreement, key)
);

CREATE TABLE opt_out (
  key bytea PRIMARY KEY,
  party text NOT NULL,
  sealed bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE spent_jti (
  issuer text NOT NULL,
  jti_sha256 bytea NOT NULL,
  expires timestamptz NOT NULL,
  PRIMARY KEY (issuer, jti_sha256)
);
CREATE INDEX spent_jti_expires ON spent_jti (expires);

CREATE TABLE export_job (
  id uuid PRIMARY KEY,
  party text NOT NULL,
  agreement text NOT NULL,
  since timestamptz,
  types text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);

CREATE TABLE outbox (
  id bigserial PRIMARY KEY,
  key text NOT NULL UNIQUE,
  disclosure uuid,
  kind text NOT NULL,
  statement text NOT NULL,
  salt bytea NOT NULL,
  entry bytea NOT NULL
);

CREATE TABLE log_entry (
  index bigint PRIMARY KEY,
  key text NOT NULL UNIQUE,
  disclosure uuid,
  kind text NOT NULL,
  entry bytea NOT NULL,
  leaf_hash bytea NOT NULL,
  statement text NOT NULL,
  salt bytea NOT NULL
);
CREATE INDEX log_entry_disclosure ON log_entry (disclosure) WHERE disclosure IS NOT NULL;

-- Perfect subtrees of two leaves and more (level >= 1): what proofs are made of; level 0 is log_entry.leaf_hash.
CREATE TABLE log_node (
  level smallint NOT NULL CHECK (level > 0),
  index bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (level, index)
);

-- One row: the fence of the sequencer, the size of the tree and its compact range (the roots of its perfect subtrees).
CREATE TABLE log_head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  size bigint NOT NULL DEFAULT 0,
  range bytea NOT NULL DEFAULT ''
);
INSERT INTO log_head DEFAULT VALUES;

CREATE TABLE checkpoint (
  size bigint PRIMARY KEY,
  root bytea NOT NULL,
  note text NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);

-- The log is append-only by trigger as well as by proof.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER log_entry_append_only BEFORE UPDATE OR DELETE ON log_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_entry_no_truncate BEFORE TRUNCATE ON log_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_node_append_only BEFORE UPDATE OR DELETE ON log_node FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_node_no_truncate BEFORE TRUNCATE ON log_node FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_append_only BEFORE UPDATE OR DELETE ON checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_no_truncate BEFORE TRUNCATE ON checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
