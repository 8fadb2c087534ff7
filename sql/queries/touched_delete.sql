-- Forgets that pairs were touched.
--
-- Dialects: SQLite
-- Params:   stream_id, then the order numbers
-- Repeats:  the order number
-- Effect:   the pairs that were noted
DELETE FROM touched
WHERE
    stream_id = ?
    AND order_no IN (/*each*/ ? /*each*/);
