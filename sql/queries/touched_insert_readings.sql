-- Notes as touched the pairs of staged readings under other dates than the put's own.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id, $2 first and $3 last business_date of the put
-- Effect:   the pairs that were not noted before
INSERT INTO touched (
    stream_id,
    order_no
)
SELECT DISTINCT
    stream_id,
    order_no
FROM staged_reading
WHERE
    stream_id = $1
    AND business_date NOT BETWEEN $2 AND $3
ON CONFLICT (stream_id, order_no) DO NOTHING;
