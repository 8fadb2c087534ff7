-- A page of the orders of a stream that an answer or a callback of a day calls succeeded at a stated time,
-- and that no listing has.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 order_no to go on after, $4 rows at most, the sources of an
--           answer and of a callback: $5 and $6, the status of a success: $7, the source of a listing: $8
-- Rows:     ascending, each order_no once
SELECT said.order_no
FROM reading AS said
WHERE
    said.business_date = $1
    AND said.stream_id = $2
    AND said.order_no > $3
    AND said.source IN ($5, $6)
    AND said.status = $7
    AND said.paid_at IS NOT NULL
    AND said.is_current = 1
    AND NOT EXISTS (
        SELECT 1
        FROM reading AS listed
        WHERE
            listed.stream_id = $2
            AND listed.order_no = said.order_no
            AND listed.source = $8
            AND listed.is_current = 1
    )
GROUP BY said.order_no
ORDER BY said.order_no
LIMIT $4;
