-- Forgets what a statement file is the whole of.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 intake_file_id
-- Effect:   the rows of the file
DELETE FROM statement_day
WHERE intake_file_id = $1;
