-- Which of these orders of a stream have a current row, of either side, under another date.
--
-- Dialects: SQLite
-- Params:   $1 stream_id, $2 business_date, $3 the order numbers
-- Rows:     order_no
SELECT order_no
FROM merchant_order
WHERE
    stream_id = $1
    AND business_date <> $2
    AND order_no = ANY($3)
    AND is_current = 1
UNION
SELECT order_no
FROM reading
WHERE
    stream_id = $1
    AND business_date <> $2
    AND order_no = ANY($3)
    AND is_current = 1;
