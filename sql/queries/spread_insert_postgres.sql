-- Notes pairs as spread over several dates.
--
-- Dialects: PostgreSQL
-- Params:   lists of equal length: $1 stream_id, $2 order_no
-- Effect:   the pairs that were not noted before
INSERT INTO spread (
    stream_id,
    order_no
)
SELECT
    noted.stream_id,
    noted.order_no
FROM unnest($1::BIGINT [], $2::TEXT []) AS noted (stream_id, order_no)
ON CONFLICT (stream_id, order_no) DO NOTHING;
