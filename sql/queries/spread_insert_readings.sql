-- Notes as spread the pairs of which staged readings have several dates.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id
-- Effect:   the pairs that were not noted before
INSERT INTO spread (
    stream_id,
    order_no
)
SELECT
    stream_id,
    order_no
FROM staged_reading
WHERE stream_id = $1
GROUP BY
    stream_id,
    order_no
HAVING min(business_date) <> max(business_date)
ON CONFLICT (stream_id, order_no) DO NOTHING;
