-- The earliest settlement date of which the ledger knows a settlement of an account.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 account
-- Rows:     1: the date, or NULL
SELECT min(settlement_date)
FROM movement
WHERE
    account = $1
    AND settlement_date IS NOT NULL
    AND is_current = 1;
