-- Up Migration
-- What makes the log complete where an entry for each request would be too many, and what a gateway compares itself with when it starts.

-- Refusals of a minute, counted until it is over; then they become entries and the rows go. Addresses are HMACs.
CREATE TABLE refusal (
  minute timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN ('token-refused', 'submission-refused', 'export-refused', 'request-refused', 'requests-refused')),
  party text NOT NULL,
  address text NOT NULL,
  route text NOT NULL,
  reason text NOT NULL,
  agreement text NOT NULL,
  times bigint NOT NULL CHECK (times > 0),
  PRIMARY KEY (minute, kind, party, address, route, reason, agreement)
);

-- Policies and keys as they were when a gateway last started: `state` is the hash of a policy, or what a key is for now.
CREATE TABLE loaded (
  what text NOT NULL CHECK (what IN ('agreement', 'profile', 'party', 'key')),
  id text NOT NULL,
  state text NOT NULL,
  about jsonb NOT NULL,
  PRIMARY KEY (what, id)
);

-- Gateways that said they started and did not say they stopped.
CREATE TABLE gateway_run (
  id uuid PRIMARY KEY,
  replica integer NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);
