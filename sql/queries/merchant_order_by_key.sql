-- Every word, current or not, of the orders of a stream with these order numbers.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 the order numbers
-- Rows:     in no particular order
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
    stream_id = $1
    AND order_no = ANY($2);
