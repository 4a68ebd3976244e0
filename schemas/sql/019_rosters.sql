-- Up Migration
-- Rosters: the members of a Group as its source gave them, by an HMAC of who they are, the name they have in the opt-out list too. A new list replaces the old.

CREATE TABLE roster_member (
  party text NOT NULL,
  roster text NOT NULL,
  key bytea NOT NULL,
  PRIMARY KEY (party, roster, key)
);
