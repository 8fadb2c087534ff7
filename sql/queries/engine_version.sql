-- The database's version.
--
-- Dialects: SQLite
-- Rows:     1: version
SELECT sqlite_version();
