-- A page of the pairs of a stream that the scan looks at, or looks at twice, whatever their date:
-- touched ones, those with an open discrepancy (cross-day rows, type 18, explain a difference and carry
-- nothing on), those of which the report of the date shows one that is dated to it or was still open
-- (in_doubt 1), and those that are spread over several dates (in_doubt 0). The types 19 and 20 are no
-- pair's.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 order_no to go on after, $3 rows at most, $4 business_date
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
            AND type NOT IN (18, 19, 20)
        GROUP BY order_no
        ORDER BY order_no
        LIMIT $3
    ) AS d
    UNION ALL
    SELECT *
    FROM (
        SELECT order_no, 1 AS in_doubt
        FROM discrepancy
        WHERE
            business_date = $4
            AND stream_id = $1
            AND order_no > $2
            AND type NOT IN (19, 20)
        GROUP BY order_no
        ORDER BY order_no
        LIMIT $3
    ) AS own
    UNION ALL
    SELECT *
    FROM (
        SELECT order_no, 1 AS in_doubt
        FROM discrepancy_version
        WHERE
            until_date < 99991231
            AND until_date > $4
            AND version_date <= $4
            AND stream_id = $1
            AND order_no > $2
            AND type NOT IN (19, 20)
            AND (state <= 3 OR business_date = $4)
        GROUP BY order_no
        ORDER BY order_no
        LIMIT $3
    ) AS was
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
