-- Adds the staged orders of a stream of which the ledger has nothing in their range.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id
-- Effect:   one row each
INSERT INTO merchant_order (
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
)
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
FROM staged_order
WHERE stream_id = $1;
