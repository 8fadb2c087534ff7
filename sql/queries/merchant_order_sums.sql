-- Adds up the merchant's succeeded orders (status 2) of a stream on a day: for what its provider
-- cannot be asked about. `slot` as in reading_sums.sql.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 business_date, $3 to $5 ascending moments
-- Rows:     one per slot and currency
SELECT
    booked.slot,
    booked.currency,
    count(*) AS orders,
    CAST(sum(booked.amount_minor) AS BIGINT) AS amount_minor
FROM (
    SELECT
        amount_minor,
        currency,
        CASE
            WHEN coalesce(paid_at, created_at, 0) <= $3 THEN 0
            WHEN coalesce(paid_at, created_at, 0) <= $4 THEN 1
            WHEN coalesce(paid_at, created_at, 0) <= $5 THEN 2
            ELSE 3
        END AS slot
    FROM merchant_order
    WHERE
        business_date = $2
        AND stream_id = $1
        AND is_current = 1
        AND occurrence = 1
        AND status = 2
) AS booked
GROUP BY
    booked.slot,
    booked.currency
ORDER BY
    booked.slot,
    booked.currency;
