-- Settings of one transaction: memory for sorting many rows, no compiling of statements that are as
-- quick without, and a bound on waiting for somebody else's lock.
--
-- Dialects: PostgreSQL
-- Rows:     1
SELECT
    set_config('work_mem', '64MB', TRUE) AS work_mem,
    set_config('jit', 'off', TRUE) AS jit,
    set_config('lock_timeout', '30s', TRUE) AS lock_timeout;
