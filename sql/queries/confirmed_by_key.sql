-- When the pairs of a stream with these order numbers were last answered with what had been said before.
--
-- Dialects: SQLite
-- Params:   stream_id, then the order numbers
-- Repeats:  the order number
-- Rows:     order_no, confirmed_at; in no particular order
SELECT
    order_no,
    confirmed_at
FROM confirmed
WHERE
    stream_id = ?
    AND order_no IN (/*each*/ ? /*each*/);
