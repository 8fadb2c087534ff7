-- Forgets what a file held, so that its next import reads it.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 intake_file_id or NULL, $2 name or NULL
-- Rows:     its name
UPDATE intake_file
SET digest = ''
WHERE
    intake_file_id = $1
    OR name = $2
RETURNING name;
