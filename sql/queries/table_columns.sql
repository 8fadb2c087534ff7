-- The columns of a table, in their order.
--
-- Dialects: SQLite
-- Params:   $1 name of the table
-- Rows:     name
SELECT name
FROM pragma_table_info($1)
ORDER BY cid;
