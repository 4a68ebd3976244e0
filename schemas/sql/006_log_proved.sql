-- Up Migration
-- Whatever the log's tables hold follows from its leaves, so that `sallyport log fsck` can name any change: kind and moment stand in the leaf, statement,
-- parties and dataset are what it commits to, the key of an entry goes into its salt. What nothing proved (a second copy of the dataset's id, the moment
-- of a checkpoint) is gone.

ALTER TABLE outbox ADD COLUMN seed bytea;
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
-- salt = SHA-256(seed of 32 bytes, key); null in entries that are older than this file.
ALTER TABLE log_body ADD COLUMN seed bytea;

ALTER TABLE log_entry DROP COLUMN disclosure;
ALTER TABLE log_entry DISABLE TRIGGER USER;
UPDATE log_entry SET at = (convert_from(entry, 'UTF8')::json->>'at')::timestamptz WHERE at IS NULL;
ALTER TABLE log_entry ENABLE TRIGGER USER;
ALTER TABLE log_entry ALTER COLUMN at SET NOT NULL;
-- Proofs by leaf hash. A hash index costs an insert the same however long the log is.
CREATE INDEX log_entry_leaf_hash ON log_entry USING hash (leaf_hash);

ALTER TABLE log_body DISABLE TRIGGER USER;
UPDATE log_body b SET disclosure = substring(b.statement::json->>'dataset' from '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$')::uuid, parties = ARRAY(
  SELECT DISTINCT named COLLATE "C" FROM unnest(ARRAY[b.statement::json->>'party', b.statement::json->>'source', b.statement::json->>'recipient']) AS named
  WHERE named IS NOT NULL ORDER BY 1);
ALTER TABLE log_body ENABLE TRIGGER USER;

ALTER TABLE checkpoint DROP COLUMN at;

-- The head only ever grows.
CREATE TRIGGER log_head_grows BEFORE UPDATE ON log_head FOR EACH ROW WHEN (NEW.size < OLD.size) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_head_stays BEFORE DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_head_no_truncate BEFORE TRUNCATE ON log_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
