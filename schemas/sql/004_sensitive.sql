-- Up Migration
-- What was told of a released subject's sensitive attributes, for releases of one agreement are judged together: keyed names of the attributes that were
-- asked and of the values that any release told. Null where none was asked.

ALTER TABLE released_subject ADD COLUMN told bytea[];
