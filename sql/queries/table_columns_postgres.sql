-- The columns of a table, in their order; place is the column's place in the primary key.
--
-- Dialects: PostgreSQL
-- Params:   $1 name of the table
-- Rows:     name, type, is_identity, place or NULL
SELECT
    columns.attname::TEXT AS name,
    columns.atttypid::REGTYPE::TEXT AS type,
    columns.attidentity <> '' AS is_identity,
    array_position(key.indkey::SMALLINT[], columns.attnum)::INTEGER AS place
FROM pg_attribute AS columns
LEFT JOIN pg_index AS key ON columns.attrelid = key.indrelid AND key.indisprimary
WHERE
    columns.attrelid = $1::TEXT::REGCLASS
    AND columns.attnum > 0
    AND NOT columns.attisdropped
ORDER BY columns.attnum;
