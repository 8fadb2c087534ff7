-- The dates under which a file has put rows.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 intake_file_id
-- Rows:     business_date, ascending
SELECT business_date
FROM intake_file_date
WHERE intake_file_id = $1
ORDER BY business_date;
