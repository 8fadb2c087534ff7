-- Notes a date of a stream as one whose sums have to be added up again.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id
-- Effect:   one row, if it was not noted before
INSERT INTO stale_sum (
    business_date,
    stream_id
)
VALUES ($1, $2)
ON CONFLICT (business_date, stream_id) DO NOTHING;
