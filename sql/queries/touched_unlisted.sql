-- Which pairs are no longer listed and have not been asked about since.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 the order numbers
-- Rows:     order_no
SELECT order_no
FROM touched
WHERE
    stream_id = $1
    AND is_unlisted = 1
    AND order_no = ANY($2);
