-- Whether a session still has this ledger's lock.
--
-- Dialects: PostgreSQL
-- Params:   $1 the session's process number
-- Rows:     1: whether it has
SELECT EXISTS (
    SELECT 1
    FROM pg_locks
    WHERE
        locktype = 'advisory'
        AND granted
        AND pid = $1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid = 1685747049
        AND objid = 'stream'::REGCLASS::OID
) AS is_held;
