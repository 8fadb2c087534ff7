-- The refunds, within an account, of pairs of a stream that have rows of a date, in a range of order numbers. A refund
-- lives where its own number does: the numbers that are looked at are brought there.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 business_date, $3 after this order_no, $4 up to that one, $5 the account
-- Rows:     original_order_no, order_no; each once
SELECT DISTINCT
    refund.original_order_no,
    refund.order_no
FROM merchant_order AS refund
INNER JOIN stream ON refund.stream_id = stream.stream_id
WHERE
    stream.account = $5
    AND refund.original_order_no IN (
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
    );
