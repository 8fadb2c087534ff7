-- Adds up the merchant's succeeded orders (status 2) of a stream on a day of which no reading tells, and names
-- the orders of the day whose readings all lie under other dates and state no time (`told` 1), so that the
-- merchant's may date their money: it has to be resolved. One that states a time is dated there. `slot` as in
-- reading_sums.sql.
--
-- Dialects: SQLite
-- Params:   $1 stream_id, $2 business_date, $3 to $5 ascending moments, $6 whether orders of which no
--           reading tells are added up: only what the provider cannot be asked about, $7 whether each of these is
--           resolved by itself
-- Rows:     order_no of each order to be resolved; NULL for groups, one per slot and currency
SELECT
    booked.apart AS order_no,
    booked.slot,
    booked.currency,
    count(*) AS orders,
    CAST(coalesce(sum(booked.amount_minor), 0) AS BIGINT) AS amount_minor
FROM (
    SELECT
        today.status,
        today.told,
        today.amount_minor,
        CASE WHEN today.told = 1 OR ($7 = 1 AND today.told = 0) THEN today.order_no END AS apart,
        CASE WHEN today.told = 0 AND $7 <> 1 THEN today.currency END AS currency,
        CASE
            WHEN today.told = 1 OR ($7 = 1 AND today.told = 0) THEN 0
            WHEN today.moment <= $3 THEN 0
            WHEN today.moment <= $4 THEN 1
            WHEN today.moment <= $5 THEN 2
            ELSE 3
        END AS slot
    FROM (
        SELECT
            mine.order_no,
            mine.status,
            mine.amount_minor,
            mine.currency,
            coalesce(mine.paid_at, mine.created_at, 0) AS moment,
            (
                SELECT
                    CASE
                        WHEN count(*) = 0 THEN 0
                        WHEN max(elsewhere.paid_at) IS NULL THEN 1
                        ELSE 2
                    END
                FROM reading AS elsewhere
                WHERE
                    elsewhere.stream_id = $1
                    AND elsewhere.order_no = mine.order_no
                    AND elsewhere.is_current = 1
            ) AS told
        FROM merchant_order AS mine
        WHERE
            mine.business_date = $2
            AND mine.stream_id = $1
            AND mine.is_current = 1
            AND mine.occurrence = 1
            AND NOT EXISTS (
                SELECT 1
                FROM reading AS said
                WHERE
                    said.business_date = $2
                    AND said.stream_id = $1
                    AND said.order_no = mine.order_no
                    AND said.is_current = 1
            )
    ) AS today
) AS booked
WHERE
    booked.told = 1
    OR ($6 = 1 AND booked.told = 0 AND booked.status = 2)
GROUP BY
    booked.apart,
    booked.slot,
    booked.currency;
