-- Every discrepancy of the pairs of a stream with these order numbers as it was on a date, closed ones
-- too.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 the date, $3 the date, $4 the order numbers
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
    answered_on,
    version_date
FROM discrepancy_version
WHERE
    stream_id = $1
    AND version_date <= $2
    AND until_date > $3
    AND order_no = ANY($4);
