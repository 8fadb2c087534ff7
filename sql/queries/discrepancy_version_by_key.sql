-- Every discrepancy of the pairs of a stream with these order numbers as it was on a date, closed ones
-- too.
--
-- Dialects: SQLite
-- Params:   stream_id, the date, the date, then the order numbers
-- Repeats:  the order number
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
    stream_id = ?
    AND version_date <= ?
    AND until_date > ?
    AND order_no IN (/*each*/ ? /*each*/);
