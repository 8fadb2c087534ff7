-- The server's version.
--
-- Dialects: PostgreSQL
-- Rows:     1: version
SELECT current_setting('server_version');
