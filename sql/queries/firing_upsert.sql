-- Keeps what came of one time at which a job fired.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   the columns in their order
-- Effect:   1 row
INSERT INTO firing (
    job,
    fire_at,
    business_date,
    state,
    attempts,
    failures,
    started_at,
    finished_at,
    exit_code
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (job, fire_at) DO UPDATE SET
    business_date = excluded.business_date,
    state = excluded.state,
    attempts = excluded.attempts,
    failures = excluded.failures,
    started_at = excluded.started_at,
    finished_at = excluded.finished_at,
    exit_code = excluded.exit_code;
