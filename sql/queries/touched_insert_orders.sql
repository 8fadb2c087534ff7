-- Notes as touched the pairs of staged orders under some dates.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id, $2 first and $3 last business_date, $4 whether those from the first to the last
--           are noted, or all the others
-- Effect:   the pairs that were not noted before
INSERT INTO touched (
    stream_id,
    order_no
)
SELECT DISTINCT
    stream_id,
    order_no
FROM staged_order
WHERE
    stream_id = $1
    AND (business_date BETWEEN $2 AND $3) = $4
ON CONFLICT (stream_id, order_no) DO NOTHING;
