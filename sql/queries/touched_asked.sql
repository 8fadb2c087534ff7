-- Notes that pairs which were no longer listed have been asked about.
--
-- Dialects: SQLite
-- Params:   stream_id, then the order numbers
-- Repeats:  the order number
-- Effect:   the pairs that were noted so
UPDATE touched
SET is_unlisted = 0
WHERE
    stream_id = ?
    AND is_unlisted = 1
    AND order_no IN (/*each*/ ? /*each*/);
