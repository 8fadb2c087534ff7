-- The streams with rows of a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     stream_id, each once, sorted
SELECT DISTINCT of_date.stream_id
FROM (
    SELECT stream_id
    FROM merchant_order
    WHERE business_date = $1
    UNION ALL
    SELECT stream_id
    FROM reading
    WHERE business_date = $1
    UNION ALL
    SELECT stream_id
    FROM discrepancy
    WHERE business_date = $1
    UNION ALL
    SELECT stream_id
    FROM discrepancy_version
    WHERE business_date = $1
) AS of_date
ORDER BY of_date.stream_id;
