-- The pairs of a stream that the scan looks at, or looks at twice, whatever their date: touched ones, those with an
-- open discrepancy (cross-day rows, type 18, explain a difference and carry nothing on), those of which the report
-- of the date shows one that is dated to it or was still open (in_doubt 1), and those that are spread over several
-- dates (in_doubt 0). The types 19 and 20 are no pair's.
--
-- Dialects: SQLite
-- Params:   $1 stream_id, $2 business_date
-- Rows:     order_no, in_doubt; ascending, each order number once
SELECT
    order_no,
    max(in_doubt) AS in_doubt
FROM (
    SELECT order_no, 1 AS in_doubt
    FROM touched
    WHERE stream_id = $1
    UNION ALL
    SELECT order_no, 1 AS in_doubt
    FROM discrepancy
    WHERE
        stream_id = $1
        AND state <= 3
        AND type NOT IN (18, 19, 20)
    UNION ALL
    SELECT order_no, 1 AS in_doubt
    FROM discrepancy
    WHERE
        business_date = $2
        AND stream_id = $1
        AND type NOT IN (19, 20)
    UNION ALL
    SELECT order_no, 1 AS in_doubt
    FROM discrepancy_version
    WHERE
        until_date < 99991231
        AND until_date > $2
        AND version_date <= $2
        AND stream_id = $1
        AND type NOT IN (19, 20)
        AND (state <= 3 OR business_date = $2)
    UNION ALL
    SELECT order_no, 0 AS in_doubt
    FROM spread
    WHERE stream_id = $1
) AS carried
GROUP BY order_no
ORDER BY order_no;
