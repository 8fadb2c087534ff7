-- The dates of the staged orders of a stream.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id
-- Rows:     one each: business_date
SELECT DISTINCT business_date
FROM staged_order
WHERE stream_id = $1;
