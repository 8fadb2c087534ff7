-- Where the extension has put tables; those that it does not name are on the first machine only.
--
-- Dialects: Citus
-- Rows:     name, kind, column, group
SELECT
    table_name::REGCLASS::TEXT AS name,
    citus_table_type::TEXT AS kind,
    coalesce(distribution_column::TEXT, '') AS distribution_column,
    coalesce(colocation_id, 0)::BIGINT AS colocation_id
FROM citus_tables;
