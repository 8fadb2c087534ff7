-- Writes down who has the lock.
--
-- Dialects: PostgreSQL
-- Params:   $1 job, $2 pid, $3 host, $4 since
-- Effect:   1 row
INSERT INTO lock_holder (
    lock_id,
    job,
    pid,
    host,
    since
)
VALUES (1, $1, $2, $3, $4)
ON CONFLICT (lock_id) DO UPDATE SET
    job = excluded.job,
    pid = excluded.pid,
    host = excluded.host,
    since = excluded.since;
