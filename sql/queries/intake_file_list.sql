-- Files imported on behalf of a business date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     sorted by name
SELECT
    name,
    digest,
    row_count,
    rejected_count,
    encoding,
    imported_at,
    origin,
    line_counts
FROM intake_file
WHERE business_date = $1
ORDER BY name;
