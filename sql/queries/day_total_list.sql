-- The totals of a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     in no particular order
SELECT
    stream_id,
    merchant_count,
    merchant_minor,
    provider_count,
    provider_minor,
    status_only_count,
    currency
FROM day_total
WHERE business_date = $1;
