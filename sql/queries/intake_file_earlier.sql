-- Files imported on behalf of earlier business dates.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 files at most
-- Rows:     newest business date first, within it sorted by name
SELECT
    name,
    digest,
    row_count,
    rejected_count,
    encoding,
    imported_at,
    origin,
    line_counts,
    business_date
FROM intake_file
WHERE business_date < $1
ORDER BY
    business_date DESC,
    name
LIMIT $2;
