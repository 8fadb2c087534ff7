-- Marks the orders of one file, of one stream and day and after an order number, as no longer current.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 order_no, $4 intake_file_id
-- Effect:   the rows that were current
UPDATE merchant_order
SET is_current = 0
WHERE
    business_date = $1
    AND stream_id = $2
    AND order_no > $3
    AND intake_file_id = $4
    AND is_current = 1;
