-- Whether an earlier word said that money of an order moved: succeeded 4, refunded 6, returned 7.
--
-- Dialects: SQLite
-- Params:   $1 stream_id, $2 order_no
-- Rows:     1 where one did
SELECT 1
FROM reading
WHERE
    stream_id = $1
    AND order_no = $2
    AND is_current = 0
    AND status IN (4, 6, 7)
LIMIT 1;
