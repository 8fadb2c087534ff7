-- Notes how many rows a proven listing had.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 row_count
-- Effect:   1 row
INSERT INTO listed_day (
    business_date,
    stream_id,
    row_count
)
VALUES ($1, $2, $3)
ON CONFLICT (business_date, stream_id) DO UPDATE SET
    row_count = excluded.row_count;
