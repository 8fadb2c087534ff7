-- Goes into a schema.
--
-- Dialects: PostgreSQL
-- Params:   $1 search path
-- Rows:     1
SELECT set_config('search_path', $1, FALSE);
