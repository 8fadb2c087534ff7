-- Notes that a statement file is the whole of a date of a stream.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 intake_file_id
-- Effect:   1 row, 0 when it was noted before
INSERT INTO statement_day (
    business_date,
    stream_id,
    intake_file_id
)
VALUES ($1, $2, $3)
ON CONFLICT (business_date, stream_id, intake_file_id) DO NOTHING;
