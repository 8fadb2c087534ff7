-- Of what holds beyond a date, makes a row of its own that begins there.
--
-- Dialects: SQLite
-- Params:   the date, the date, the date, then the order numbers, the discrepancy_ids
-- Repeats:  the order number and the discrepancy_id
-- Effect:   one row each
INSERT INTO discrepancy_version (
    order_no,
    discrepancy_id,
    version_date,
    until_date,
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
)
SELECT
    order_no,
    discrepancy_id,
    ?,
    until_date,
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
FROM discrepancy_version
WHERE
    version_date < ?
    AND until_date > ?
    AND order_no IN (/*each*/ ? /*each*/)
    AND discrepancy_id IN (/*each*/ ? /*each*/);
