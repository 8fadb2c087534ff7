-- Adds orders as current words.
--
-- Dialects: SQLite
-- Params:   per row, in the order of the columns, without is_current
-- Repeats:  the row
-- Effect:   one row each; OR FAIL, because who gets an error gives up the whole transaction: the default
--           keeps a copy of every page that the statement changes, in case it alone has to be undone
INSERT OR FAIL INTO merchant_order (
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
    intake_file_id,
    product
)
VALUES /*each*/ (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) /*each*/;
