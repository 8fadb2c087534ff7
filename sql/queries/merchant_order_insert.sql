-- Adds orders as current words.
--
-- Dialects: SQLite
-- Params:   per row, in the order of the columns, without is_current
-- Repeats:  the row
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
    intake_file_id
)
VALUES /*each*/ (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) /*each*/;
