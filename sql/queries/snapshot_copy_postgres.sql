-- The statements that copy every table of this ledger, with its rows and keys, into an empty schema.
-- The copy needs no log: it is thrown away.
--
-- Dialects: PostgreSQL
-- Params:   $1 the schema
-- Rows:     statement, in the order in which they are to be run
WITH ledger AS (
    SELECT
        class.oid AS table_id,
        class.relname AS table_name,
        space.nspname AS schema_name
    FROM pg_class AS class
    INNER JOIN pg_namespace AS space ON class.relnamespace = space.oid
    WHERE
        class.relkind IN ('r', 'p')
        AND class.relnamespace = (
            SELECT relnamespace
            FROM pg_class
            WHERE oid = 'stream'::REGCLASS
        )
)

SELECT format(
    'CREATE UNLOGGED TABLE %I.%I (LIKE %I.%I INCLUDING ALL)',
    $1::TEXT,
    table_name,
    schema_name,
    table_name
) AS statement, 1 AS position
FROM ledger
UNION ALL
SELECT format('INSERT INTO %I.%I SELECT * FROM %I.%I', $1::TEXT, table_name, schema_name, table_name), 2
FROM ledger
WHERE table_name <> 'lock_holder'
UNION ALL
SELECT format(
    'SELECT setval(pg_get_serial_sequence(%L, %L), (SELECT coalesce(max(%I), 0) + 1 FROM %I.%I), FALSE)',
    format('%I.%I', $1::TEXT, table_name),
    attname,
    attname,
    $1::TEXT,
    table_name
), 3
FROM ledger
INNER JOIN pg_attribute ON attrelid = table_id
WHERE attidentity <> ''
UNION ALL
SELECT format('ANALYZE %I.%I', $1::TEXT, table_name), 4
FROM ledger
ORDER BY position, statement;
