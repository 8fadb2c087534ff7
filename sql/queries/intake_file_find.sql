-- The last import under a name.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 name
-- Rows:     at most 1: intake_file_id, digest
SELECT
    intake_file_id,
    digest
FROM intake_file
WHERE name = $1;
