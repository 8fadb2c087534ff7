-- The refunds, within an account, of payments that are named.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 the account, $2 the payments' order numbers
-- Rows:     original_order_no, order_no; each once
SELECT DISTINCT
    refund.original_order_no,
    refund.order_no
FROM merchant_order AS refund
INNER JOIN stream ON refund.stream_id = stream.stream_id
WHERE
    stream.account = $1
    AND refund.original_order_no = ANY($2);
