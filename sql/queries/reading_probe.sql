-- The first order number, from one on, under which a stream has any readings, current or not.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 order_no
-- Rows:     at most 1: order_no
SELECT order_no
FROM reading
WHERE
    stream_id = $1
    AND order_no >= $2
ORDER BY order_no
LIMIT 1;
