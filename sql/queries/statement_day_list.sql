-- The streams of which statement files are the whole of a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     stream_id, each once
SELECT DISTINCT stream_id
FROM statement_day
WHERE business_date = $1;
