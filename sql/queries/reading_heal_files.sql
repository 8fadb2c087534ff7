-- Lists the statement files that have current readings with a date or an amount that cannot be, by
-- their interface.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 first and $2 last business_date, $3 least and $4 greatest amount that can be
-- Rows:     one per file
SELECT DISTINCT interface
FROM reading
WHERE
    source = 3
    AND interface IS NOT NULL
    AND is_current = 1
    AND (
        business_date NOT BETWEEN $1 AND $2
        OR coalesce(amount_minor, 0) NOT BETWEEN $3 AND $4
        OR coalesce(fee_minor, 0) NOT BETWEEN $3 AND $4
    )
ORDER BY interface;
