-- The dates under which the merchant's side of touched pairs has, or had, rows.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 the order numbers
-- Rows:     business_date, each once
SELECT DISTINCT booked.business_date
FROM touched
INNER JOIN merchant_order AS booked ON touched.stream_id = booked.stream_id AND touched.order_no = booked.order_no
WHERE
    touched.stream_id = $1
    AND touched.order_no = ANY($2)
    AND booked.business_date > 0;
