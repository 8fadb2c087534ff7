-- Every word, current or not, of the providers.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     in no particular order
SELECT
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
FROM reading;
