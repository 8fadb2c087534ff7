-- Notes that pairs which were no longer listed have been asked about.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 the order numbers
-- Effect:   the pairs that were noted so
UPDATE touched
SET is_unlisted = 0
WHERE
    stream_id = $1
    AND is_unlisted = 1
    AND order_no = ANY($2);
