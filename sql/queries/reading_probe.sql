-- Whether the ledger has any readings of a stream in a range of order numbers, current or not.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 first order_no, $3 last order_no
-- Rows:     1 when there is one, else none
SELECT 1
FROM reading
WHERE
    stream_id = $1
    AND order_no BETWEEN $2 AND $3
LIMIT 1;
