-- Looks at a day of one stream: which pairs do not plainly agree, and the sums of those that do.
-- See src/ledger/agree.rs; which statuses agree, and which fee is due, is not decided here. The numbers:
-- merchant status 2 succeeded, 3 failed, 4 closed; source 1 listing, 2 query, 3 statement, 4 callback.
--
-- The readings of one order are brought together in one pass. `statuses` has bit n for status n, so
-- that it is a power of two where all say the same. `sources` counts the readings of source n in its
-- octal digit n, as long as there are at most four: 28080 (66660 octal) finds a digit above 1, 584
-- (1110) a reading that is no callback, 72 (110) one that is a listing's or an answer. Of what several
-- state, the least and the greatest are equal; provider order numbers are compared by a hash of 64 bits and
-- currencies by a number that has their three letters in its bytes (CNY is 4410969), since texts are dear to
-- keep and to compare.
--
-- Both sides and the pairs that are looked at whatever their date are brought together by order
-- number. `carried` is 1 for a pair that is touched, has an open discrepancy (cross-day rows, type 18,
-- carry nothing on) or one that the report of the date shows as dated to it or still open, 0 for one
-- that is perhaps spread over several dates, and NULL for others. Types from 19 on are no pair's. A day
-- shows both rows of a pair or that it is spread; only else its other dates are looked at.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id, $2 business_date, $3 tolerance_minor of yuan, $4 whether the stream was listed,
--           $5 whether only verified words count, $6 whether the contract has a rule for fees, $7 the statuses
--           that agree or are compared: the merchant's times 1000 plus the bit of the provider's, $8 whether bills
--           are all that the platform says of the stream, so that a statement's word of money (status 4: bit 16)
--           counts all the same, but for $9 the payments that refunds name
-- Rows:     order_no of each pair in doubt, ascending, and of each that agrees if fee_minor is the contract's
--           (then not NULL); last, where any other pair agrees, a row per currency without order_no:
--           merchant_count, merchant_minor, provider_count, provider_minor, status_only_count, fee_minor,
--           currency
SELECT
    coalesce(judged.in_doubt, judged.to_be_checked) AS order_no,
    count(judged.money) AS merchant_count,
    CAST(coalesce(sum(judged.money), 0) AS BIGINT) AS merchant_minor,
    count(judged.money) AS provider_count,
    CAST(coalesce(sum(coalesce(judged.provider_minor, judged.money)), 0) AS BIGINT)
        AS provider_minor,
    count(judged.money) - count(judged.provider_minor) AS status_only_count,
    max(CASE WHEN judged.in_doubt IS NULL AND judged.to_be_checked IS NOT NULL THEN judged.fee_minor END)
        AS fee_minor,
    max(CASE WHEN judged.in_doubt IS NULL THEN judged.currency END) AS currency
FROM (
    SELECT
        pair.currency,
        pair.provider_fee AS fee_minor,
        CASE
            WHEN $6 AND pair.status = 2 AND pair.fee_minor IS NULL AND pair.provider_fee IS NOT NULL
                THEN pair.order_no
        END AS to_be_checked,
        CASE WHEN pair.status = 2 THEN pair.amount_minor END AS money,
        CASE WHEN pair.status = 2 THEN pair.provider_minor END AS provider_minor,
        CASE
            WHEN
                pair.orders <> 1
                OR pair.carried = 1
                OR pair.sources & CASE
                    WHEN NOT $5 THEN 584
                    WHEN $8 AND pair.status = 2 AND pair.statuses = 16 AND pair.order_no <> ALL($9::TEXT [])
                        THEN 584
                    ELSE 72
                END = 0
                THEN pair.order_no
            WHEN
                pair.readings > 1
                AND (
                    pair.readings > 4
                    OR pair.sources & 28080 <> 0
                    OR pair.statuses = 2
                    OR pair.provider_least <> pair.provider_minor
                    OR pair.currency_least <> pair.provider_currency
                    OR pair.fee_least <> pair.provider_fee
                    OR pair.number_least <> pair.number_greatest
                )
                THEN pair.order_no
            WHEN
                NOT CASE
                    WHEN pair.readings = 0 THEN $4 AND pair.status IN (3, 4)
                    WHEN pair.status * 1000 + pair.statuses <> ALL($7::INTEGER []) THEN FALSE
                    WHEN pair.status <> 2 THEN TRUE
                    ELSE
                        (pair.provider_currency IS NULL OR pair.provider_currency = pair.currency)
                        AND coalesce(pair.provider_fee = pair.fee_minor, TRUE)
                        AND CASE
                            WHEN pair.provider_minor IS NULL THEN TRUE
                            WHEN (pair.provider_minor < 0) = (pair.amount_minor < 0)
                                THEN
                                    abs(pair.provider_minor - pair.amount_minor)
                                    <= CASE WHEN pair.currency = 4410969 THEN greatest($3, 0) ELSE 0 END
                            ELSE
                                abs(CAST(pair.provider_minor AS NUMERIC) - pair.amount_minor)
                                <= CASE WHEN pair.currency = 4410969 THEN greatest($3, 0) ELSE 0 END
                        END
                END
                THEN pair.order_no
            WHEN pair.readings > 0 AND pair.carried IS NULL THEN NULL
            WHEN
                coalesce(
                    (
                        SELECT max(elsewhere.is_current)
                        FROM reading AS elsewhere
                        WHERE
                            elsewhere.stream_id = $1
                            AND elsewhere.order_no = pair.order_no
                            AND elsewhere.business_date <> $2
                    ),
                    0
                ) = 1
                OR coalesce(
                    (
                        SELECT max(elsewhere.is_current)
                        FROM merchant_order AS elsewhere
                        WHERE
                            elsewhere.stream_id = $1
                            AND elsewhere.order_no = pair.order_no
                            AND elsewhere.business_date <> $2
                    ),
                    0
                ) = 1
                THEN pair.order_no
        END AS in_doubt
    FROM (
        SELECT
            said.order_no,
            count(said.status) AS orders,
            count(said.statuses) AS readings,
            max(said.carried) AS carried,
            max(said.status) AS status,
            max(said.amount_minor) AS amount_minor,
            max(said.currency) AS currency,
            max(said.fee_minor) AS fee_minor,
            sum(said.sources) AS sources,
            bit_or(said.statuses) AS statuses,
            min(said.provider_minor) AS provider_least,
            max(said.provider_minor) AS provider_minor,
            min(said.provider_currency) AS currency_least,
            max(said.provider_currency) AS provider_currency,
            min(said.provider_fee) AS fee_least,
            max(said.provider_fee) AS provider_fee,
            min(said.number) AS number_least,
            max(said.number) AS number_greatest
        FROM (
            SELECT
                order_no,
                status,
                amount_minor,
                CASE
                    WHEN currency = 'CNY' THEN 4410969
                    ELSE
                        ascii(currency) * 65536
                        + ascii(substr(currency, 2, 1)) * 256
                        + ascii(substr(currency, 3, 1))
                END AS currency,
                fee_minor,
                CAST(NULL AS INTEGER) AS sources,
                CAST(NULL AS INTEGER) AS statuses,
                CAST(NULL AS BIGINT) AS provider_minor,
                CAST(NULL AS INTEGER) AS provider_currency,
                CAST(NULL AS BIGINT) AS provider_fee,
                CAST(NULL AS BIGINT) AS number,
                CAST(NULL AS INTEGER) AS carried
            FROM merchant_order
            WHERE
                business_date = $2
                AND stream_id = $1
                AND is_current = 1
            UNION ALL
            SELECT
                order_no,
                NULL,
                NULL,
                NULL,
                NULL,
                1 << (3 * source),
                1 << status,
                amount_minor,
                CASE
                    WHEN currency = 'CNY' THEN 4410969
                    ELSE
                        ascii(currency) * 65536
                        + ascii(substr(currency, 2, 1)) * 256
                        + ascii(substr(currency, 3, 1))
                END,
                fee_minor,
                CASE WHEN provider_order_no <> '' THEN hashtextextended(provider_order_no, 0) END,
                NULL
            FROM reading
            WHERE
                business_date = $2
                AND stream_id = $1
                AND is_current = 1
            UNION ALL
            SELECT order_no, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1
            FROM touched
            WHERE stream_id = $1
            UNION ALL
            SELECT order_no, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1
            FROM discrepancy
            WHERE
                stream_id = $1
                AND state <= 3
                AND type NOT IN (18, 19, 20)
            UNION ALL
            SELECT order_no, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1
            FROM discrepancy
            WHERE
                business_date = $2
                AND stream_id = $1
                AND type NOT IN (19, 20)
            UNION ALL
            SELECT order_no, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1
            FROM discrepancy_version
            WHERE
                until_date < 99991231
                AND until_date > $2
                AND version_date <= $2
                AND stream_id = $1
                AND type NOT IN (19, 20)
                AND (state <= 3 OR business_date = $2)
            UNION ALL
            SELECT order_no, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0
            FROM spread
            WHERE stream_id = $1
        ) AS said
        GROUP BY said.order_no
    ) AS pair
    WHERE
        pair.orders > 0
        OR pair.readings > 0
        OR pair.carried = 1
) AS judged
GROUP BY
    coalesce(judged.in_doubt, judged.to_be_checked),
    CASE WHEN coalesce(judged.in_doubt, judged.to_be_checked) IS NULL THEN judged.currency END
ORDER BY coalesce(judged.in_doubt, judged.to_be_checked) NULLS LAST;
