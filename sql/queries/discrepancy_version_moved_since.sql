-- The pairs of which a discrepancy dated to a business date is otherwise now than it was on that date,
-- or was not there.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     stream_id, order_no; each once, sorted by account, kind, product and order number
SELECT
    moved.stream_id,
    moved.order_no
FROM (
    SELECT DISTINCT stream_id, order_no
    FROM discrepancy_version
    WHERE
        business_date = $1
        AND (
            (until_date = 99991231 AND version_date > $1)
            OR (until_date < 99991231 AND until_date > $1 AND version_date <= $1)
        )
) AS moved
INNER JOIN stream ON moved.stream_id = stream.stream_id
ORDER BY
    stream.account,
    stream.kind,
    stream.product,
    moved.order_no;
