-- Notes as touched the pairs of the staged readings of a stream that are new or replaced under some dates. Runs
-- before anything is replaced; those that say what is known are already taken away.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id, $2 first and $3 last business_date, $4 whether those from the first to the last
--           are noted, or all the others
-- Effect:   one row each
INSERT INTO touched (
    stream_id,
    order_no
)
SELECT DISTINCT
    staged.stream_id,
    staged.order_no
FROM staged_reading AS staged
LEFT JOIN reading AS said
    ON
        staged.stream_id = said.stream_id
        AND staged.order_no = said.order_no
        AND staged.source = said.source
        AND staged.provider_order_no = said.provider_order_no
        AND staged.occurrence = said.occurrence
        AND said.is_current = 1
WHERE
    staged.stream_id = $1
    AND (
        (staged.business_date BETWEEN $2 AND $3) = $4
        OR (said.business_date BETWEEN $2 AND $3) = $4
    )
ON CONFLICT (stream_id, order_no) DO NOTHING;
