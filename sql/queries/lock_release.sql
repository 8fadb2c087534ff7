-- Gives back this ledger's lock.
--
-- Dialects: PostgreSQL
-- Rows:     1: whether the session had it
SELECT pg_advisory_unlock(1685747049, 'stream'::REGCLASS::OID::INTEGER);
