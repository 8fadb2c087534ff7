-- Notes as touched the pairs of a stream about which the provider has not said its last word (status 3:
-- pending).
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 first and $3 last business_date
-- Effect:   the pairs that were not noted before
INSERT INTO touched (
    stream_id,
    order_no
)
SELECT DISTINCT
    stream_id,
    order_no
FROM reading
WHERE
    stream_id = $1
    AND business_date BETWEEN $2 AND $3
    AND status = 3
    AND is_current = 1
ON CONFLICT (stream_id, order_no) DO NOTHING;
