-- Of what holds beyond a date, makes a row of its own that begins there.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 the date, $2 the date, $3 the date, $4 the order numbers, $5 the discrepancy_ids
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
    CAST($1 AS INTEGER),
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
    version_date < $2
    AND until_date > $3
    AND order_no = ANY($4)
    -- Not a column of the key: two lists in one key are tried each with each.
    AND discrepancy_id || '' = ANY($5);
