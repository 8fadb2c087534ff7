-- Reads something, which fixes what a read transaction sees.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     1
SELECT count(*)
FROM stream;
