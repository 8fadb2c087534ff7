-- Notes when pairs were answered with what had been said before.
--
-- Dialects: PostgreSQL
-- Params:   lists of equal length: $1 stream_id, $2 order_no, $3 confirmed_at
-- Effect:   the pairs that were not noted before, or earlier
INSERT INTO confirmed (
    stream_id,
    order_no,
    confirmed_at
)
SELECT
    noted.stream_id,
    noted.order_no,
    noted.confirmed_at
FROM unnest($1::BIGINT [], $2::TEXT [], $3::BIGINT []) AS noted (stream_id, order_no, confirmed_at)
ON CONFLICT (stream_id, order_no) DO UPDATE SET
    confirmed_at = excluded.confirmed_at
WHERE excluded.confirmed_at > confirmed.confirmed_at;
