-- Says which ledger this is.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     1
SELECT ledger
FROM identity;
