-- Marks orders as overruled: their files say them still, and another one counts.
--
-- Dialects: SQLite
-- Params:   per row: business_date, stream_id, order_no, occurrence, version
-- Repeats:  the row
-- Effect:   one row each
UPDATE merchant_order
SET is_current = -1
FROM (
    VALUES /*each*/ (?, ?, ?, ?, ?) /*each*/
) AS gone
WHERE
    merchant_order.business_date = gone.column1
    AND merchant_order.stream_id = gone.column2
    AND merchant_order.order_no = gone.column3
    AND merchant_order.occurrence = gone.column4
    AND merchant_order.version = gone.column5;
