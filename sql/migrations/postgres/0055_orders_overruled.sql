-- is_current of a merchant's order may be -1, as that of a reading of a statement file: the file says it still, and
-- another file that was imported since says otherwise, or said the same before. It counts nowhere; when the
-- other file is taken back, it counts again.
CREATE INDEX merchant_order_overruled ON merchant_order (intake_file_id)
WHERE is_current = -1;
-- 1 when what the file says is kept beside what other files say: 0 for what was imported before it was.
ALTER TABLE intake_file ADD COLUMN is_kept SMALLINT NOT NULL DEFAULT 0;
