-- The pairs of a stream that are spread over several dates.
--
-- Dialects: SQLite
-- Params:   $1 stream_id
-- Rows:     order_no, ascending
SELECT order_no
FROM spread
WHERE stream_id = $1
ORDER BY order_no;
