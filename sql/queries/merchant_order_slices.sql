-- Where to cut what is kept of a stream and date, so that about as many rows are in each range of order numbers.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 business_date, $3 rows in a range
-- Rows:     order_no, the last of a range, sorted; none where all is one range
SELECT placed.order_no
FROM (
    SELECT
        each_row.order_no,
        row_number() OVER (ORDER BY each_row.order_no) AS place
    FROM (
        SELECT order_no
        FROM merchant_order
        WHERE business_date = $2 AND stream_id = $1
        UNION ALL
        SELECT order_no
        FROM reading
        WHERE business_date = $2 AND stream_id = $1
        UNION ALL
        SELECT order_no
        FROM discrepancy
        WHERE business_date = $2 AND stream_id = $1
        UNION ALL
        SELECT order_no
        FROM discrepancy_version
        WHERE business_date = $2 AND stream_id = $1
    ) AS each_row
) AS placed
WHERE placed.place % $3 = 0
ORDER BY placed.order_no;
