-- Every stream.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     stream_id, account, kind, product
SELECT
    stream_id,
    account,
    kind,
    product
FROM stream;
