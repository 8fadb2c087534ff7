-- Adds up the money of streams on some days by the readings that say the very same, and names the orders whose
-- money has to be resolved, see src/rules/sums.rs: by one statement, which several machines plan once. Numbers:
-- source 3 statement; status 4 succeeded, 5 failed (money where an earlier word had it), 6 refunded, 7 returned.
--
-- An order is added up here where all its current readings lie under the day, all say that it succeeded, nothing
-- that two of them state (amount, currency, fee, time, number) differs, no fee was taken out of the amount, and
-- none calls its settlement under way. What none of them states is the merchant's of that day; where an earlier
-- answer may have said something about the time (a later version), the order is resolved. Orders of which no
-- reading tells of money are left out. SQLite adds up by the same rule in src/ledger/sqlite/day_sums.rs.
--
-- `slot` says in which of the spans that the three moments make the money was taken: 0 up to the first, …,
-- 3 after the last.
--
-- Dialects: PostgreSQL
-- Params:   $1 the stream_ids, $2 first and $3 last business_date, $4 to $6 ascending moments, $7 the stream_ids of
--           which the provider can be asked, so that a file's word alone is resolved, $8 whether every order is
--           resolved
-- Rows:     order_no of each order to be resolved; NULL for groups, of which unit_minor is the amount of each
--           where no fee is stated; stream_id and business_date of each
SELECT
    money.apart AS order_no,
    money.slot,
    money.currency,
    money.unit_minor,
    count(*) AS transactions,
    CAST(coalesce(sum(money.amount_minor), 0) AS BIGINT) AS amount_minor,
    count(money.fee_minor) AS stated_count,
    CAST(coalesce(sum(money.fee_minor), 0) AS BIGINT) AS stated_minor,
    CAST(coalesce(sum(money.time_assumed), 0) AS BIGINT) AS time_assumed,
    money.stream_id,
    money.business_date
FROM (
    SELECT
        plain.stream_id,
        plain.business_date,
        plain.apart,
        CASE
            WHEN plain.apart IS NOT NULL THEN 0
            WHEN plain.taken_at <= $4 THEN 0
            WHEN plain.taken_at <= $5 THEN 1
            WHEN plain.taken_at <= $6 THEN 2
            ELSE 3
        END AS slot,
        CASE WHEN plain.apart IS NULL THEN plain.currency END AS currency,
        CASE WHEN plain.apart IS NULL AND plain.fee_minor IS NULL THEN plain.amount_minor END AS unit_minor,
        CASE WHEN plain.apart IS NULL THEN plain.amount_minor END AS amount_minor,
        CASE WHEN plain.apart IS NULL THEN plain.fee_minor END AS fee_minor,
        CASE WHEN plain.apart IS NULL AND plain.paid_at IS NULL THEN 1 ELSE 0 END AS time_assumed
    FROM (
        SELECT
            said.stream_id,
            said.business_date,
            said.fee_minor,
            said.paid_at,
            coalesce(said.amount_minor, booked.amount_minor) AS amount_minor,
            coalesce(said.currency, booked.currency) AS currency,
            coalesce(said.paid_at, booked.paid_at, booked.created_at) AS taken_at,
            CASE
                WHEN
                    $8 = 1
                    OR said.status <> 4
                    OR said.least_status <> 4
                    OR said.least_amount <> said.amount_minor
                    OR said.least_currency <> said.currency
                    OR said.least_fee <> said.fee_minor
                    OR said.least_paid_at <> said.paid_at
                    OR said.least_number <> said.number
                    OR said.withheld_minor IS NOT NULL
                    OR said.is_on_its_way = 1
                    OR (said.source = 3 AND said.stream_id = ANY($7))
                    OR (said.paid_at IS NULL AND said.version > 1)
                    OR coalesce(said.amount_minor, booked.amount_minor) IS NULL
                    OR coalesce(said.paid_at, booked.paid_at, booked.created_at) IS NULL
                    OR said.is_spread
                    THEN said.order_no
            END AS apart
        FROM (
            SELECT
                business_date,
                stream_id,
                order_no,
                min(source) AS source,
                max(version) AS version,
                min(status) AS least_status,
                max(status) AS status,
                min(amount_minor) AS least_amount,
                max(amount_minor) AS amount_minor,
                min(currency) AS least_currency,
                max(currency) AS currency,
                min(fee_minor) AS least_fee,
                max(fee_minor) AS fee_minor,
                max(withheld_minor) AS withheld_minor,
                max(CASE WHEN status_code LIKE '%settlement=in_transit%' THEN 1 ELSE 0 END) AS is_on_its_way,
                min(paid_at) AS least_paid_at,
                max(paid_at) AS paid_at,
                min(nullif(provider_order_no, '')) AS least_number,
                max(provider_order_no) AS number,
                EXISTS (
                    SELECT 1
                    FROM spread
                    WHERE
                        spread.stream_id = reading.stream_id
                        AND spread.order_no = reading.order_no
                ) AS is_spread,
                max(CASE
                    WHEN status IN (4, 6, 7) THEN 1
                    WHEN status <> 5 THEN 0
                    WHEN EXISTS (
                        SELECT 1
                        FROM reading AS earlier
                        WHERE
                            earlier.stream_id = reading.stream_id
                            AND earlier.order_no = reading.order_no
                            AND earlier.is_current = 0
                            AND earlier.status IN (4, 6, 7)
                    ) THEN 1
                    ELSE 0
                END) AS is_money
            FROM reading
            WHERE
                business_date BETWEEN $2 AND $3
                AND stream_id = ANY($1)
                AND is_current = 1
            GROUP BY
                business_date,
                stream_id,
                order_no
        ) AS said
        LEFT JOIN merchant_order AS booked
            ON
                said.business_date = booked.business_date
                AND said.stream_id = booked.stream_id
                AND said.order_no = booked.order_no
                AND booked.is_current = 1
                AND booked.occurrence = 1
                AND (said.amount_minor IS NULL OR said.paid_at IS NULL)
        -- `> 0` and not `= 1`: most are, and a planner that takes them for few sorts all of them.
        WHERE said.is_money > 0
    ) AS plain
) AS money
GROUP BY
    money.stream_id,
    money.business_date,
    money.apart,
    money.slot,
    money.currency,
    money.unit_minor;
