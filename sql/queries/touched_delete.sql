-- Forgets that pairs were touched, but for those that are to be asked about.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 the order numbers
-- Effect:   the pairs that were noted
DELETE FROM touched
WHERE
    stream_id = $1
    AND is_unlisted = 0
    AND order_no = ANY($2);
