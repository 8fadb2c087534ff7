-- Keeps the totals of a stream in a currency on a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   the columns in their order
-- Effect:   1 row
INSERT INTO day_total (
    business_date,
    stream_id,
    merchant_count,
    merchant_minor,
    provider_count,
    provider_minor,
    status_only_count,
    currency
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (business_date, stream_id, currency) DO UPDATE SET
    merchant_count = excluded.merchant_count,
    merchant_minor = excluded.merchant_minor,
    provider_count = excluded.provider_count,
    provider_minor = excluded.provider_minor,
    status_only_count = excluded.status_only_count;
