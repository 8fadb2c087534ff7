-- Whether a stream has current listing rows on a day.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id
-- Rows:     1 when there is one, else none
SELECT 1
FROM reading
WHERE
    business_date = $1
    AND stream_id = $2
    AND source = 1
    AND is_current = 1
LIMIT 1;
