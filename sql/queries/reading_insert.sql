-- Adds readings as current words.
--
-- Dialects: SQLite
-- Params:   per row, in the order of the columns, without is_current
-- Repeats:  the row
-- Effect:   one row each; OR FAIL, because who gets an error gives up the whole transaction: the default
--           keeps a copy of every page that the statement changes, in case it alone has to be undone
INSERT OR FAIL INTO reading (
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
    observed_at,
    withheld_minor,
    original_order_no,
    way
)
VALUES /*each*/ (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) /*each*/;
