-- Which of these orders of a stream have a current row, of either side, under another date.
--
-- Dialects: SQLite
-- Params:   stream_id, business_date, the order numbers, and all of these once more
-- Repeats:  the order number
-- Rows:     order_no
SELECT order_no
FROM merchant_order
WHERE
    stream_id = ?
    AND business_date <> ?
    AND order_no IN (/*each*/ ? /*each*/)
    AND is_current = 1
UNION
SELECT order_no
FROM reading
WHERE
    stream_id = ?
    AND business_date <> ?
    AND order_no IN (/*each*/ ? /*each*/)
    AND is_current = 1;
