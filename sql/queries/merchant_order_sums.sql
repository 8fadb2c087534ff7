-- Adds up the merchant's succeeded orders (status 2) of streams on some days of which no reading tells, and names the
-- orders of a day whose readings all lie under other dates and state no time (`told` 1), so that the merchant's may
-- date their money: it has to be resolved. One that states a time is dated there. By one statement, which several
-- machines plan once; SQLite's rule stands in src/ledger/sqlite/day_sums.rs.
--
-- Dialects: PostgreSQL
-- Params:   $1 the stream_ids, $2 first and $3 last business_date, $4 to $6 ascending moments, $7 the stream_ids of
--           which orders that no reading tells of are added up: only what the provider cannot be asked about, $8
--           whether each of these is resolved by itself
-- Rows:     order_no of each order to be resolved; NULL for groups, one per slot (as in reading_sums.sql) and currency;
--           then slot, currency, how many, their sum in fen, stream_id, business_date
SELECT
    booked.apart AS order_no,
    booked.slot,
    booked.currency,
    count(*) AS orders,
    CAST(coalesce(sum(booked.amount_minor), 0) AS BIGINT) AS amount_minor,
    booked.stream_id,
    booked.business_date
FROM (
    SELECT
        today.stream_id,
        today.business_date,
        today.status,
        today.told,
        today.amount_minor,
        CASE WHEN today.told = 1 OR ($8 = 1 AND today.told = 0) THEN today.order_no END AS apart,
        CASE WHEN today.told = 0 AND $8 <> 1 THEN today.currency END AS currency,
        CASE
            WHEN today.told = 1 OR ($8 = 1 AND today.told = 0) THEN 0
            WHEN today.moment <= $4 THEN 0
            WHEN today.moment <= $5 THEN 1
            WHEN today.moment <= $6 THEN 2
            ELSE 3
        END AS slot
    FROM (
        SELECT
            mine.stream_id,
            mine.business_date,
            mine.order_no,
            mine.status,
            mine.amount_minor,
            mine.currency,
            coalesce(mine.paid_at, mine.created_at, 0) AS moment,
            -- Looked for only where the day has none: what depends on both sides is not looked for before they are
            -- brought together.
            CASE
                WHEN said.order_no IS NULL THEN (
                    SELECT
                        CASE
                            WHEN count(*) = 0 THEN 0
                            WHEN max(elsewhere.paid_at) IS NULL THEN 1
                            ELSE 2
                        END
                    FROM reading AS elsewhere
                    WHERE
                        elsewhere.stream_id = mine.stream_id
                        AND elsewhere.order_no = mine.order_no
                        AND elsewhere.is_current = 1
                )
            END AS told
        FROM merchant_order AS mine
        LEFT JOIN reading AS said
            ON
                mine.business_date = said.business_date
                AND mine.stream_id = said.stream_id
                AND mine.order_no = said.order_no
                AND said.is_current = 1
        WHERE
            mine.business_date BETWEEN $2 AND $3
            AND mine.stream_id = ANY($1)
            AND mine.is_current = 1
            AND mine.occurrence = 1
    ) AS today
) AS booked
WHERE
    booked.told = 1
    OR (booked.stream_id = ANY($7) AND booked.told = 0 AND booked.status = 2)
GROUP BY
    booked.stream_id,
    booked.business_date,
    booked.apart,
    booked.slot,
    booked.currency;
