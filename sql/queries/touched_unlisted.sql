-- Which pairs are no longer listed and have not been asked about since.
--
-- Dialects: SQLite
-- Params:   stream_id, then the order numbers
-- Repeats:  the order number
-- Rows:     order_no
SELECT order_no
FROM touched
WHERE
    stream_id = ?
    AND is_unlisted = 1
    AND order_no IN (/*each*/ ? /*each*/);
