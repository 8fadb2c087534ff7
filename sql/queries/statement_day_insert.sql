-- Notes that a statement file is the whole of a date of a stream, or of a part of it.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 intake_file_id, $4 where the part begins, $5 where it ends: seconds
--           since 1970, NULL with the date itself
-- Effect:   1 row, 0 when it was noted before
INSERT INTO statement_day (
    business_date,
    stream_id,
    intake_file_id,
    from_at,
    until_at
)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (business_date, stream_id, intake_file_id) DO NOTHING;
