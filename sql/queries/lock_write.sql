-- Waits until nobody else writes to this ledger; ends with the transaction. The table's number keeps
-- ledgers in several schemas of one database apart.
--
-- Dialects: PostgreSQL
-- Rows:     1
SELECT pg_advisory_xact_lock(1685747048, 'stream'::REGCLASS::OID::INTEGER);
