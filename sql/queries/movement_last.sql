-- The number of a source's last import, and how many movements it has.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 source
-- Rows:     1: import_no (0 where there is none), movements that are current
SELECT
    coalesce(max(import_no), 0) AS import_no,
    coalesce(sum(is_current), 0) AS current_count
FROM movement
WHERE source = $1;
