-- Takes this ledger's lock for the session, if nobody has it.
--
-- Dialects: PostgreSQL
-- Rows:     1: whether it was taken
SELECT pg_try_advisory_lock(1685747049, 'stream'::REGCLASS::OID::INTEGER);
