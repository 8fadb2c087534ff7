-- Lets the session that has the lock wait for as long as a run takes, whatever the server thinks of
-- sessions that do nothing; says by which number the server knows it.
--
-- Dialects: PostgreSQL
-- Rows:     1: the session's process number, and settings that were made
SELECT
    pg_backend_pid() AS pid,
    (
        SELECT count(set_config(known.name, '0', FALSE))
        FROM pg_settings AS known
        WHERE known.name = 'idle_session_timeout'
    ) AS settings;
