-- What the statement files of a stream and date list as money: each order once, whatever files tell of it.
-- Numbers: source 3 statement; status 4 succeeded, 6 refunded, 7 returned.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 the currency
-- Rows:     1: how many, their sum in fen, and how much of it the fees took
SELECT
    count(*) AS transactions,
    CAST(coalesce(sum(listed.amount_minor), 0) AS BIGINT) AS amount_minor,
    CAST(coalesce(sum(listed.withheld_minor), 0) AS BIGINT) AS withheld_minor
FROM (
    SELECT
        order_no,
        provider_order_no,
        max(amount_minor) AS amount_minor,
        max(withheld_minor) AS withheld_minor
    FROM reading
    WHERE
        business_date = $1
        AND stream_id = $2
        AND +source = 3
        AND is_current = 1
        AND status IN (4, 6, 7)
        AND currency = $3
    -- In the order of the primary key: nothing has to be sorted.
    GROUP BY
        order_no,
        source,
        provider_order_no
) AS listed;
