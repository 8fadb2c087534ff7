-- The first date after one under which there are readings.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     1: business_date, or NULL
SELECT min(business_date) AS business_date
FROM reading
WHERE business_date > $1;
