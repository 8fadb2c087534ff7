-- How many rows a proven listing had.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id
-- Rows:     at most 1: row_count
SELECT row_count
FROM listed_day
WHERE
    business_date = $1
    AND stream_id = $2;
