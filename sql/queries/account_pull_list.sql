-- What the pulls of a business date came to.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     sorted by account
SELECT
    account,
    coverage,
    listed,
    unlisted,
    listed_rows,
    asked,
    answered,
    unproved,
    day_unfinished,
    problem
FROM account_pull
WHERE business_date = $1
ORDER BY account;
