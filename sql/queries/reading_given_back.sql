-- The orders of a stream and day of which a reading says that their money was given back (status 6 refunded,
-- 7 returned).
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 business_date
-- Rows:     order_no, each once
SELECT DISTINCT order_no
FROM reading
WHERE
    business_date = $2
    AND stream_id = $1
    AND is_current = 1
    AND status IN (6, 7);
