-- What the merchant states of the money of an order of a day.
--
-- Dialects: SQLite
-- Params:   $1 stream_id, $2 business_date, $3 order_no
-- Rows:     amount_minor, currency, moment; one at most
SELECT
    amount_minor,
    currency,
    coalesce(paid_at, created_at) AS moment
FROM merchant_order
WHERE
    business_date = $2
    AND stream_id = $1
    AND order_no = $3
    AND is_current = 1
    AND occurrence = 1
LIMIT 1;
