-- Adds readings as current words.
--
-- Dialects: SQLite
-- Params:   per row, in the order of the columns, without is_current
-- Repeats:  the row
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
    observed_at
)
VALUES /*each*/ (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) /*each*/;
