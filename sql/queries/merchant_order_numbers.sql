-- The order numbers of the merchant's current orders to which the platform's number is known.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 first and $2 last business_date
-- Rows:     stream_id, provider_order_no, order_no
SELECT
    stream_id,
    provider_order_no,
    order_no
FROM merchant_order
WHERE
    business_date BETWEEN $1 AND $2
    AND is_current = 1
    AND provider_order_no IS NOT NULL;
