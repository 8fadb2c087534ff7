-- Adds up the provider's transactions of a stream on a day by the readings that decide: restates
-- src/reconcile/transactions.rs for transactions that took or paid money, also where it was given
-- back since. Numbers: source 1 listing, 2 query, 4 notification (an answer to a question goes before
-- a listing, a callback decides nothing against another word and is worth nothing where the provider
-- says that there is no such order); status 1 not found, 2 unproved, 4 succeeded, 6 refunded,
-- 7 returned. Where the provider states no amount, time or fee in the deciding reading, another one of
-- the order is taken, then, but for the fee, the merchant's order. What has no number beside several
-- that do, and says the status of one of them, is no transaction of its own.
--
-- `slot` says in which of the spans that the three moments make the transaction was paid, and
-- `seen_slot` in which the decisive word came: 0 up to the first, …, 3 after the last. `seen_at` is when
-- it came, where the money was given back.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 business_date, $3 to $5 ascending moments, $6 least status: 4, or 6 for
--           what was given back only
-- Rows:     grouped; unit_minor is the amount of each where no fee is stated, order_no stands where
--           the money was given back
SELECT
    taken.status,
    taken.slot,
    taken.seen_slot,
    taken.currency,
    taken.unit_minor,
    taken.order_no,
    count(*) AS transactions,
    CAST(sum(taken.amount_minor) AS BIGINT) AS amount_minor,
    count(taken.fee_minor) AS stated_count,
    CAST(coalesce(sum(taken.fee_minor), 0) AS BIGINT) AS stated_minor,
    CAST(sum(taken.amount_assumed) AS BIGINT) AS amount_assumed,
    CAST(sum(taken.time_assumed) AS BIGINT) AS time_assumed,
    max(taken.seen_at) AS seen_at
FROM (
    SELECT
        told.status,
        told.currency,
        told.fee_minor,
        told.amount_assumed,
        CASE WHEN told.stated_at IS NULL THEN 1 ELSE 0 END AS time_assumed,
        coalesce(told.amount_minor, 0) AS amount_minor,
        CASE WHEN told.fee_minor IS NULL THEN coalesce(told.amount_minor, 0) END AS unit_minor,
        CASE WHEN told.status <> 4 THEN told.order_no END AS order_no,
        CASE WHEN told.status <> 4 THEN told.observed_at END AS seen_at,
        CASE
            WHEN coalesce(told.stated_at, told.assumed_at, told.observed_at) <= $3 THEN 0
            WHEN coalesce(told.stated_at, told.assumed_at, told.observed_at) <= $4 THEN 1
            WHEN coalesce(told.stated_at, told.assumed_at, told.observed_at) <= $5 THEN 2
            ELSE 3
        END AS slot,
        CASE
            WHEN told.status = 4 OR told.observed_at <= $3 THEN 0
            WHEN told.observed_at <= $4 THEN 1
            WHEN told.observed_at <= $5 THEN 2
            ELSE 3
        END AS seen_slot
    FROM (
        SELECT
            r.order_no,
            r.status,
            r.observed_at,
            coalesce(
                r.amount_minor,
                (
                    SELECT other.amount_minor
                    FROM reading AS other
                    WHERE
                        other.stream_id = $1
                        AND other.order_no = r.order_no
                        AND other.is_current = 1
                        AND other.status > 2
                        AND other.amount_minor IS NOT NULL
                        AND (
                            other.provider_order_no = r.provider_order_no
                            OR (
                                (other.provider_order_no = '' OR r.provider_order_no = '')
                                AND (
                                    SELECT count(DISTINCT third.provider_order_no)
                                    FROM reading AS third
                                    WHERE
                                        third.stream_id = $1
                                        AND third.order_no = r.order_no
                                        AND third.is_current = 1
                                        AND third.status > 2
                                        AND third.provider_order_no <> ''
                                ) <= 1
                            )
                        )
                    ORDER BY
                        CASE other.provider_order_no WHEN '' THEN 1 ELSE 0 END,
                        other.source,
                        other.occurrence
                    LIMIT 1
                ),
                (
                    SELECT max(booked.amount_minor)
                    FROM merchant_order AS booked
                    WHERE
                        booked.stream_id = $1
                        AND booked.order_no = r.order_no
                        AND booked.is_current = 1
                        AND booked.occurrence = 1
                )
            ) AS amount_minor,
            coalesce(
                r.currency,
                (
                    SELECT max(booked.currency)
                    FROM merchant_order AS booked
                    WHERE
                        booked.stream_id = $1
                        AND booked.order_no = r.order_no
                        AND booked.is_current = 1
                        AND booked.occurrence = 1
                ),
                'CNY'
            ) AS currency,
            coalesce(
                r.fee_minor,
                (
                    SELECT other.fee_minor
                    FROM reading AS other
                    WHERE
                        other.stream_id = $1
                        AND other.order_no = r.order_no
                        AND other.is_current = 1
                        AND other.status > 2
                        AND other.fee_minor IS NOT NULL
                        AND (
                            other.provider_order_no = r.provider_order_no
                            OR (
                                (other.provider_order_no = '' OR r.provider_order_no = '')
                                AND (
                                    SELECT count(DISTINCT third.provider_order_no)
                                    FROM reading AS third
                                    WHERE
                                        third.stream_id = $1
                                        AND third.order_no = r.order_no
                                        AND third.is_current = 1
                                        AND third.status > 2
                                        AND third.provider_order_no <> ''
                                ) <= 1
                            )
                        )
                    ORDER BY
                        CASE other.provider_order_no WHEN '' THEN 1 ELSE 0 END,
                        other.source,
                        other.occurrence
                    LIMIT 1
                )
            ) AS fee_minor,
            coalesce(
                r.paid_at,
                (
                    SELECT other.paid_at
                    FROM reading AS other
                    WHERE
                        other.stream_id = $1
                        AND other.order_no = r.order_no
                        AND other.is_current = 1
                        AND other.status > 2
                        AND other.paid_at IS NOT NULL
                        AND (
                            other.provider_order_no = r.provider_order_no
                            OR (
                                (other.provider_order_no = '' OR r.provider_order_no = '')
                                AND (
                                    SELECT count(DISTINCT third.provider_order_no)
                                    FROM reading AS third
                                    WHERE
                                        third.stream_id = $1
                                        AND third.order_no = r.order_no
                                        AND third.is_current = 1
                                        AND third.status > 2
                                        AND third.provider_order_no <> ''
                                ) <= 1
                            )
                        )
                    ORDER BY
                        CASE other.provider_order_no WHEN '' THEN 1 ELSE 0 END,
                        other.source,
                        other.occurrence
                    LIMIT 1
                )
            ) AS stated_at,
            CASE
                WHEN r.paid_at IS NULL
                    THEN (
                        SELECT max(coalesce(booked.paid_at, booked.created_at))
                        FROM merchant_order AS booked
                        WHERE
                            booked.stream_id = $1
                            AND booked.order_no = r.order_no
                            AND booked.is_current = 1
                            AND booked.occurrence = 1
                    )
            END AS assumed_at,
            CASE WHEN r.amount_minor IS NULL THEN 1 ELSE 0 END AS amount_assumed
        FROM reading AS r
        WHERE
            r.business_date = $2
            AND r.stream_id = $1
            AND r.is_current = 1
            AND r.status IN (4, 6, 7)
            AND r.status >= $6
            AND NOT EXISTS (
                SELECT 1
                FROM reading AS other
                WHERE
                    other.stream_id = $1
                    AND other.order_no = r.order_no
                    AND other.is_current = 1
                    AND (
                        (
                            r.source = 4
                            AND other.source = 2
                            AND other.status = 1
                        )
                        OR (
                            other.status > 2
                            AND (
                                other.provider_order_no = r.provider_order_no
                                OR (
                                    (other.provider_order_no = '' OR r.provider_order_no = '')
                                    AND NOT EXISTS (
                                        SELECT 1
                                        FROM reading AS third
                                        WHERE
                                            third.stream_id = $1
                                            AND third.order_no = r.order_no
                                            AND third.is_current = 1
                                            AND third.status > 2
                                            AND third.provider_order_no <> ''
                                            AND third.provider_order_no <> other.provider_order_no
                                            AND third.provider_order_no <> r.provider_order_no
                                    )
                                )
                            )
                            AND (
                                CASE other.source WHEN 2 THEN 0 ELSE other.source END
                                < CASE r.source WHEN 2 THEN 0 ELSE r.source END
                                OR (
                                    other.source = r.source
                                    AND (
                                        other.provider_order_no > r.provider_order_no
                                        OR (
                                            other.provider_order_no = r.provider_order_no
                                            AND other.occurrence < r.occurrence
                                        )
                                    )
                                )
                            )
                        )
                    )
            )
            AND NOT (
                r.provider_order_no = ''
                AND EXISTS (
                    SELECT 1
                    FROM reading AS numbered
                    INNER JOIN reading AS further
                        ON
                            further.stream_id = $1
                            AND numbered.order_no = further.order_no
                            AND further.is_current = 1
                            AND further.status > 2
                            AND further.provider_order_no <> ''
                            AND numbered.provider_order_no <> further.provider_order_no
                    WHERE
                        numbered.stream_id = $1
                        AND numbered.order_no = r.order_no
                        AND numbered.is_current = 1
                        AND numbered.status = r.status
                        AND numbered.provider_order_no <> ''
                        AND NOT EXISTS (
                            SELECT 1
                            FROM reading AS other
                            WHERE
                                other.stream_id = $1
                                AND other.order_no = r.order_no
                                AND other.is_current = 1
                                AND (
                                    (
                                        (numbered.source = 4 OR further.source = 4)
                                        AND other.source = 2
                                        AND other.status = 1
                                    )
                                    OR (
                                        other.status > 2
                                        AND other.provider_order_no = numbered.provider_order_no
                                        AND (
                                            CASE other.source WHEN 2 THEN 0 ELSE other.source END
                                            < CASE numbered.source WHEN 2 THEN 0 ELSE numbered.source END
                                            OR (
                                                other.source = numbered.source
                                                AND other.occurrence < numbered.occurrence
                                            )
                                        )
                                    )
                                )
                        )
                )
            )
    ) AS told
) AS taken
GROUP BY
    taken.status,
    taken.slot,
    taken.seen_slot,
    taken.currency,
    taken.unit_minor,
    taken.order_no
ORDER BY
    taken.status,
    taken.slot,
    taken.seen_slot,
    taken.currency,
    taken.unit_minor,
    taken.order_no;
