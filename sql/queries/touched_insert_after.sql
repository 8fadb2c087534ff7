-- Notes as touched the pairs of the orders that merchant_order_retire_after.sql is about to retire.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 order_no, $4 intake_file_id
-- Effect:   the pairs that were not noted before
INSERT INTO touched (
    stream_id,
    order_no
)
SELECT DISTINCT
    stream_id,
    order_no
FROM merchant_order
WHERE
    business_date = $1
    AND stream_id = $2
    AND order_no > $3
    AND intake_file_id = $4
    AND is_current = 1
ON CONFLICT (stream_id, order_no) DO NOTHING;
