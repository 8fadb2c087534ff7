-- Whether the extension that spreads tables over several machines is there.
--
-- Dialects: PostgreSQL
-- Rows:     1: whether it is
SELECT to_regclass('citus_tables') IS NOT NULL AS is_there;
