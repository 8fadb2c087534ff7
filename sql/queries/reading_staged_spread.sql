-- Notes as spread the pairs of the staged readings of a stream that have another current row under another date.
-- Runs before anything is replaced.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id
-- Effect:   one row each
INSERT INTO spread (
    stream_id,
    order_no
)
SELECT DISTINCT
    staged.stream_id,
    staged.order_no
FROM staged_reading AS staged
INNER JOIN reading AS said
    ON
        staged.stream_id = said.stream_id
        AND staged.order_no = said.order_no
WHERE
    staged.stream_id = $1
    AND said.is_current = 1
    AND staged.business_date <> said.business_date
    AND (staged.source, staged.provider_order_no, staged.occurrence)
    <> (said.source, said.provider_order_no, said.occurrence)
ON CONFLICT (stream_id, order_no) DO NOTHING;
