-- The order of a stream with the greatest number that the provider has called final, in a listing, an
-- answer or a callback: one that it has to know when it is asked again.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, the source that proves nothing: $2, the statuses that are final: from $3 to $4
-- Rows:     at most 1: order_no
SELECT order_no
FROM reading
WHERE
    stream_id = $1
    AND source <> $2
    AND status BETWEEN $3 AND $4
    AND is_current = 1
ORDER BY order_no DESC
LIMIT 1;
