-- Marks what a source said before as replaced.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 source
-- Effect:   one row per movement that was current
UPDATE movement
SET is_current = 0
WHERE
    source = $1
    AND is_current = 1;
