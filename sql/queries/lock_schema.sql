-- Waits until nobody else changes the schema, until the end of the transaction.
--
-- Dialects: PostgreSQL
-- Params:   $1 the lock's number
-- Rows:     one
SELECT cast(pg_advisory_xact_lock($1) AS TEXT);
