-- Notes an import as the last one under its name; the name keeps its number.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 name, $2 digest, $3 business_date, $4 row_count, $5 rejected_count, $6 encoding,
--           $7 imported_at, $8 origin, $9 line_counts
-- Rows:     1: intake_file_id
INSERT INTO intake_file (
    name,
    digest,
    business_date,
    row_count,
    rejected_count,
    encoding,
    imported_at,
    origin,
    line_counts,
    is_kept
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)
ON CONFLICT (name) DO UPDATE SET
    digest = excluded.digest,
    business_date = excluded.business_date,
    row_count = excluded.row_count,
    rejected_count = excluded.rejected_count,
    encoding = excluded.encoding,
    imported_at = excluded.imported_at,
    origin = excluded.origin,
    line_counts = excluded.line_counts,
    is_kept = excluded.is_kept
RETURNING intake_file_id;
