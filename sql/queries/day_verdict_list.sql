-- How far the accounts could be proved for a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     sorted by account
SELECT
    account,
    verdict,
    coverage,
    reason
FROM day_verdict
WHERE business_date = $1
ORDER BY account;
