-- A page of the current refunds of a stream on a day: the first order of each number that gives back
-- a payment.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 order_no to go on after, $4 rows at most
-- Rows:     ascending by order_no
SELECT
    business_date,
    stream_id,
    order_no,
    occurrence,
    version,
    is_current,
    status,
    amount_minor,
    currency,
    fee_minor,
    created_at,
    paid_at,
    provider_order_no,
    original_order_no,
    line,
    intake_file_id,
    product
FROM merchant_order
WHERE
    business_date = $1
    AND stream_id = $2
    AND order_no > $3
    AND occurrence = 1
    AND is_current = 1
    AND original_order_no IS NOT NULL
ORDER BY order_no
LIMIT $4;
