-- The schema's version.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     1: version, 0 when there is none
SELECT CAST(coalesce(max(version), 0) AS BIGINT) AS version
FROM _sqlx_migrations
WHERE success;
