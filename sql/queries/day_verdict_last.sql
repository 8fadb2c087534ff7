-- The last date that was reconciled.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     1: business_date, NULL when there is none
SELECT max(business_date) AS business_date
FROM day_verdict;
