-- The last runs.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 rows at most
-- Rows:     newest business date first, then by job
SELECT
    business_date,
    job,
    started_at,
    finished_at,
    exit_code
FROM run
ORDER BY
    business_date DESC,
    job
LIMIT $1;
