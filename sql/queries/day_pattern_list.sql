-- The patterns of a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     by stream in no particular order, within it ascending by sequence
SELECT
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
FROM day_pattern
WHERE business_date = $1
ORDER BY
    stream_id,
    sequence;
