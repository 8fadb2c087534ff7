-- A day's current orders of a stream with what the scan looks at.
--
-- Dialects: SQLite
-- Params:   $1 stream_id, $2 business_date
-- Rows:     ascending by order_no
SELECT
    order_no,
    status,
    amount_minor,
    currency,
    fee_minor
FROM merchant_order
WHERE
    business_date = $2
    AND stream_id = $1
    AND is_current = 1
ORDER BY order_no;
