-- Who wrote down that it has the lock.
--
-- Dialects: PostgreSQL
-- Rows:     at most 1: job, pid, host, since
SELECT
    job,
    pid,
    host,
    since
FROM lock_holder
WHERE lock_id = 1;
