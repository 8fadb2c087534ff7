-- Keeps what settling an account came to on a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 account, $3 found
-- Effect:   1 row
INSERT INTO day_settled (
    business_date,
    account,
    found
)
VALUES ($1, $2, $3)
ON CONFLICT (business_date, account) DO UPDATE SET found = excluded.found;
