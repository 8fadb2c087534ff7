-- The first and the last date that was reconciled.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     1: both business_dates, NULL when there is none
SELECT
    min(business_date) AS first_date,
    max(business_date) AS last_date
FROM day_verdict;
