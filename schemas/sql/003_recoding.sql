-- Up Migration
-- What the recipient knows of a released subject where a profile declares its quasi-identifiers: the levels it is known at, under which declaration,
-- and its view, which names all that is known of it. Null under any other profile: class_mac says it all.

ALTER TABLE released_subject
  ADD COLUMN declaration text,
  ADD COLUMN node smallint[],
  ADD COLUMN view_mac bytea;
