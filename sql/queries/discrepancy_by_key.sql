-- Every discrepancy, closed ones too, of the pairs of a stream with these order numbers.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 the order numbers
-- Rows:     in no particular order
SELECT
    order_no,
    discrepancy_id,
    stream_id,
    type,
    business_date,
    first_seen,
    timing_until,
    state,
    closed_on,
    difference_minor,
    provider_order_no,
    original_order_no,
    currency,
    merchant_amount_minor,
    provider_amount_minor,
    merchant_fee_minor,
    provider_fee_minor,
    merchant_status,
    provider_status,
    merchant_time,
    provider_time,
    source,
    interface,
    assurance,
    status_code,
    amount_assumed,
    time_assumed,
    resolution,
    resolved_by,
    resolution_note,
    callback_at,
    amount_source,
    amount_interface,
    answered_on
FROM discrepancy
WHERE
    stream_id = $1
    AND order_no = ANY($2);
