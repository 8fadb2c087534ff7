-- Notes as spread the pairs of the staged orders of a stream that have another current row under another date.
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
FROM staged_order AS staged
INNER JOIN merchant_order AS said
    ON
        staged.stream_id = said.stream_id
        AND staged.order_no = said.order_no
WHERE
    staged.stream_id = $1
    AND said.is_current = 1
    AND staged.business_date <> said.business_date
    AND staged.occurrence <> said.occurrence
ON CONFLICT (stream_id, order_no) DO NOTHING;
