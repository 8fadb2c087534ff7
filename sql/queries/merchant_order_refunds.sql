-- Every current order that gives back one of these payments, whatever its account.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 the payments' order numbers
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
    original_order_no = ANY($1)
    AND is_current = 1;
