-- Adds the staged readings of a stream of which the ledger has nothing in their range.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id
-- Effect:   one row each
INSERT INTO reading (
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
)
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
FROM staged_reading
WHERE stream_id = $1;
