-- The payments, by the merchant's number, that the refunds of a stream and day give back as the platform says.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id
-- Rows:     original_order_no, each once
SELECT DISTINCT original_order_no
FROM reading
WHERE
    business_date = $1
    AND stream_id = $2
    AND is_current = 1
    AND original_order_no IS NOT NULL;
