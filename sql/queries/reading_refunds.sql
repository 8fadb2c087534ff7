-- Every current reading of a refund of one of these payments, whatever its account.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 the payments' order numbers
-- Rows:     in no particular order
SELECT
    business_date,
    stream_id,
    order_no,
    source,
    provider_order_no,
    occurrence,
    version,
    is_current,
    status,
    status_code,
    amount_minor,
    currency,
    fee_minor,
    paid_at,
    interface,
    assurance,
    evidence,
    observed_at,
    withheld_minor,
    original_order_no,
    way
FROM reading
WHERE
    original_order_no = ANY($1)
    AND is_current = 1;
