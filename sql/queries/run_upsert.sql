-- Keeps the start or end of the last attempt of a job for a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   the columns in their order
-- Effect:   1 row
INSERT INTO run (
    business_date,
    job,
    started_at,
    finished_at,
    exit_code
)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (business_date, job) DO UPDATE SET
    started_at = excluded.started_at,
    finished_at = excluded.finished_at,
    exit_code = excluded.exit_code;
