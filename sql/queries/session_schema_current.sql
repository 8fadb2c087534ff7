-- Says which schema the session is in.
--
-- Dialects: PostgreSQL
-- Rows:     1: its name, or NULL
SELECT current_schema()::TEXT AS name;
