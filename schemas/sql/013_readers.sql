-- Up Migration
-- Who may read what an entry says is decided by its kind: a recipient no longer what concerns a dataset before it left, nor what officers write.

ALTER TABLE log_body DISABLE TRIGGER USER;
UPDATE log_body b SET parties = array_remove(ARRAY[b.statement::json->>'source'], NULL) FROM log_entry e WHERE e.index = b.index
  AND e.kind IN ('disclosure-permitted', 'dataset-held', 'dataset-refused', 'dataset-empty', 'hold-released', 'hold-refused', 'dataset-recalled',
    'accounting-made', 'accounting-suspended', 'accounting-resumed', 'incident-opened');
ALTER TABLE log_body ENABLE TRIGGER USER;
UPDATE outbox SET parties = array_remove(ARRAY[statement::json->>'source'], NULL)
  WHERE kind IN ('disclosure-permitted', 'dataset-held', 'dataset-refused', 'dataset-empty', 'hold-released', 'hold-refused', 'dataset-recalled',
    'accounting-made', 'accounting-suspended', 'accounting-resumed', 'incident-opened');
