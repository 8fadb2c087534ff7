-- When the pairs of a stream with these order numbers were last answered with what had been said before.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 the order numbers
-- Rows:     order_no, confirmed_at; in no particular order
SELECT
    order_no,
    confirmed_at
FROM confirmed
WHERE
    stream_id = $1
    AND order_no = ANY($2);
