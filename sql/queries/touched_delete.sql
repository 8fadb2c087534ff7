-- Forgets that pairs were touched, but for those that are to be asked about.
--
-- Dialects: SQLite
-- Params:   stream_id, then the order numbers
-- Repeats:  the order number
-- Effect:   the pairs that were noted
DELETE FROM touched
WHERE
    stream_id = ?
    AND is_unlisted = 0
    AND order_no IN (/*each*/ ? /*each*/);
