-- The newest firings of every job, and all that something is still to be done for.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 newest rows per job at most
-- Rows:     by job, then oldest first
SELECT
    job,
    fire_at,
    business_date,
    state,
    attempts,
    failures,
    started_at,
    finished_at,
    exit_code
FROM (
    SELECT
        job,
        fire_at,
        business_date,
        state,
        attempts,
        failures,
        started_at,
        finished_at,
        exit_code,
        row_number() OVER (PARTITION BY job ORDER BY fire_at DESC) AS age
    FROM firing
) AS aged
WHERE
    age <= $1
    OR state IN (2, 3)
ORDER BY
    job,
    fire_at;
