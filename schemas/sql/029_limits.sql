-- Up Migration
-- What N replicas together let a caller do. Nobody waits for these tables on the way of a request: each second a replica tells what it let happen and hears of the others.

-- Not logged: a crash of the server fills every allowance again, and each commit is spared its write. Rows that are full again are swept.
CREATE UNLOGGED TABLE allowance (
  -- kind and party, or kind and HMAC of an address
  key text PRIMARY KEY,
  tokens double precision NOT NULL,
  capacity double precision NOT NULL,
  per_second double precision NOT NULL,
  at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Sign-ins that failed: under the name that was claimed from one address (lock-out), and under the name from anywhere (address '': only slows).
CREATE TABLE sign_in_failure (
  -- HMAC of kind, name and address: names that nobody has are counted like any other
  key bytea PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('party', 'officer')),
  -- the party or officer of that name; null: nobody's
  named text,
  -- HMAC; '' of all
  address text NOT NULL,
  failures integer NOT NULL,
  until timestamptz NOT NULL,
  changed timestamptz NOT NULL
);
CREATE INDEX sign_in_failure_changed ON sign_in_failure (changed);
