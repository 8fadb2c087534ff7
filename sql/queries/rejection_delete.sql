-- Forgets every row that was refused under a name.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 batch
-- Effect:   the rows of that name
DELETE FROM rejection
WHERE batch = $1;
