-- A page of the pairs of a stream that the scan looks at, or looks at twice, whatever their date:
-- touched ones and those with an open discrepancy (in_doubt 1; cross-day rows, type 18, explain a
-- difference and carry nothing on, types from 19 on are about an account and no pair), and those that
-- are spread over several dates (in_doubt 0).
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 order_no to go on after, $3 rows at most
-- Rows:     order_no, in_doubt; ascending, each order number once
SELECT
    order_no,
    max(in_doubt) AS in_doubt
FROM (
    SELECT *
    FROM (
        SELECT order_no, 1 AS in_doubt
        FROM touched
        WHERE
            stream_id = $1
            AND order_no > $2
        ORDER BY order_no
        LIMIT $3
    ) AS t
    UNION ALL
    SELECT *
    FROM (
        SELECT order_no, 1 AS in_doubt
        FROM discrepancy
        WHERE
            stream_id = $1
            AND order_no > $2
            AND state <= 3
            AND type < 18
        GROUP BY order_no
        ORDER BY order_no
        LIMIT $3
    ) AS d
    UNION ALL
    SELECT *
    FROM (
        SELECT order_no, 0 AS in_doubt
        FROM spread
        WHERE
            stream_id = $1
            AND order_no > $2
        ORDER BY order_no
        LIMIT $3
    ) AS s
) AS carried
GROUP BY order_no
ORDER BY order_no
LIMIT $3;
