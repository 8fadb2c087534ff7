-- Whether a reading under any date tells of an order, and whether one of them states a time.
--
-- Dialects: SQLite
-- Params:   $1 stream_id, $2 order_no
-- Rows:     1: how many there are, and the latest time that one states
SELECT
    count(*) AS readings,
    max(paid_at) AS paid_at
FROM reading
WHERE
    stream_id = $1
    AND order_no = $2
    AND is_current = 1;
