-- The number of the anchor that comes next, to which entries of histories belong that are written now.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     1
SELECT CAST(coalesce(max(sequence), 0) + 1 AS BIGINT)
FROM anchor;
