-- Keeps a pattern of a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   the columns in their order
-- Effect:   1 row
INSERT INTO day_pattern (
    business_date,
    sequence,
    stream_id,
    pattern,
    type,
    row_count,
    among_count,
    difference_minor,
    constant_minor,
    first_at,
    last_at,
    currency
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);
