-- The name of a file.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 intake_file_id
-- Rows:     at most 1: name
SELECT name
FROM intake_file
WHERE intake_file_id = $1;
