-- Adds rows of what discrepancies are from a date on.
--
-- Dialects: SQLite
-- Params:   per row, in the order of the columns
-- Repeats:  the row
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
VALUES /*each*/ (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) /*each*/;
