-- The pairs of which a discrepancy was on a date otherwise than the day before, or began or ended.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 the date
-- Rows:     stream_id, order_no; each once, sorted by account, kind, product and order number
SELECT
    moved.stream_id,
    moved.order_no
FROM (
    SELECT stream_id, order_no
    FROM discrepancy_version
    WHERE version_date = $1
    UNION
    SELECT stream_id, order_no
    FROM discrepancy_version
    WHERE
        until_date = $1
        AND until_date < 99991231
) AS moved
INNER JOIN stream ON moved.stream_id = stream.stream_id
ORDER BY
    stream.account,
    stream.kind,
    stream.product,
    moved.order_no;
