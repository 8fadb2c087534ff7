-- What settling came to on a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     one per account that was settled, in no particular order
SELECT
    account,
    found
FROM day_settled
WHERE business_date = $1;
