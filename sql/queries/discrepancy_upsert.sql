-- Writes discrepancies as they are from now on. Their amounts are derived figures: what they were is
-- in discrepancy_event.
--
-- Dialects: SQLite
-- Params:   per row, in the order of the columns
-- Repeats:  the row
-- Effect:   one row each
INSERT INTO discrepancy (
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
    resolution_note
)
VALUES /*each*/ (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) /*each*/
ON CONFLICT (order_no, discrepancy_id) DO UPDATE SET
    type = excluded.type,
    business_date = excluded.business_date,
    first_seen = excluded.first_seen,
    timing_until = excluded.timing_until,
    state = excluded.state,
    closed_on = excluded.closed_on,
    difference_minor = excluded.difference_minor,
    provider_order_no = excluded.provider_order_no,
    original_order_no = excluded.original_order_no,
    currency = excluded.currency,
    merchant_amount_minor = excluded.merchant_amount_minor,
    provider_amount_minor = excluded.provider_amount_minor,
    merchant_fee_minor = excluded.merchant_fee_minor,
    provider_fee_minor = excluded.provider_fee_minor,
    merchant_status = excluded.merchant_status,
    provider_status = excluded.provider_status,
    merchant_time = excluded.merchant_time,
    provider_time = excluded.provider_time,
    source = excluded.source,
    interface = excluded.interface,
    assurance = excluded.assurance,
    status_code = excluded.status_code,
    amount_assumed = excluded.amount_assumed,
    time_assumed = excluded.time_assumed,
    resolution = excluded.resolution,
    resolved_by = excluded.resolved_by,
    resolution_note = excluded.resolution_note;
