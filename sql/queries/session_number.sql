-- By which number the server knows this session.
--
-- Dialects: PostgreSQL
-- Rows:     1: the session's process number
SELECT pg_backend_pid() AS pid;
