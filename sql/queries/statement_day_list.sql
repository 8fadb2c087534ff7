-- The streams of which statement files are the whole of a date, or of a part of it.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     stream_id, where the part begins and where it ends (seconds since 1970, NULL with the date itself);
--           one per file
SELECT
    stream_id,
    from_at,
    until_at
FROM statement_day
WHERE business_date = $1;
