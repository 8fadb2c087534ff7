-- Makes room for the identity of the ledger that is copied here.
--
-- Dialects: SQLite, PostgreSQL
-- Effect:   one row
DELETE FROM identity
WHERE identity_id = 1;
