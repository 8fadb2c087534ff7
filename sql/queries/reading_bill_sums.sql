-- What statement files that are the whole of a date, or of a part of it, list as money, per stream: each order
-- once, whatever files tell of it. Numbers: source 3 statement; status 4 succeeded, 6 refunded, 7 returned.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 the currency
-- Rows:     stream_id, how many, their sum in fen, and how much of it the fees took; one per stream with a row
SELECT
    listed.stream_id,
    count(*) AS transactions,
    CAST(coalesce(sum(listed.amount_minor), 0) AS BIGINT) AS amount_minor,
    CAST(coalesce(sum(listed.withheld_minor), 0) AS BIGINT) AS withheld_minor
FROM (
    SELECT
        stream_id,
        order_no,
        provider_order_no,
        max(amount_minor) AS amount_minor,
        max(withheld_minor) AS withheld_minor
    FROM reading
    WHERE
        business_date = $1
        AND source = 3
        AND is_current = 1
        AND status IN (4, 6, 7)
        AND currency = $2
        AND stream_id IN (
            SELECT stream_id
            FROM statement_day
            WHERE business_date = $1
        )
    GROUP BY
        stream_id,
        order_no,
        provider_order_no
) AS listed
GROUP BY listed.stream_id;
