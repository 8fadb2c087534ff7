-- A day's current orders of a stream with what their money is added up by.
--
-- Dialects: SQLite
-- Params:   $1 stream_id, $2 business_date
-- Rows:     ascending by order_no, each once
SELECT
    order_no,
    status,
    amount_minor,
    currency,
    coalesce(paid_at, created_at, 0) AS moment
FROM merchant_order
WHERE
    business_date = $2
    AND stream_id = $1
    AND is_current = 1
    AND occurrence = 1
ORDER BY order_no;
