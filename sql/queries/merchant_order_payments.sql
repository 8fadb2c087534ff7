-- The payments that pairs of a stream give back: of those that have rows of a date, in a range of order numbers.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 business_date, $3 after this order_no, $4 up to that one
-- Rows:     order_no, original_order_no; each once
SELECT DISTINCT
    refund.order_no,
    refund.original_order_no
FROM (
    SELECT order_no
    FROM merchant_order
    WHERE business_date = $2 AND stream_id = $1 AND order_no > $3 AND order_no <= $4
    UNION
    SELECT order_no
    FROM reading
    WHERE business_date = $2 AND stream_id = $1 AND order_no > $3 AND order_no <= $4
    UNION
    SELECT order_no
    FROM discrepancy
    WHERE business_date = $2 AND stream_id = $1 AND order_no > $3 AND order_no <= $4
    UNION
    SELECT order_no
    FROM discrepancy_version
    WHERE business_date = $2 AND stream_id = $1 AND order_no > $3 AND order_no <= $4
) AS pair
INNER JOIN merchant_order AS refund ON pair.order_no = refund.order_no
WHERE
    refund.stream_id = $1
    AND refund.original_order_no IS NOT NULL;
