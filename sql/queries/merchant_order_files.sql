-- The files of which orders of a stream and date are that have these order numbers.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 business_date, $3 the order numbers
-- Rows:     intake_file_id, each once
SELECT DISTINCT intake_file_id
FROM merchant_order
WHERE
    stream_id = $1
    AND business_date = $2
    AND order_no = ANY($3);
