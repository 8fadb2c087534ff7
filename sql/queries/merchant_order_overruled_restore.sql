-- Lets count again what other files say of orders of which a file has said something under a date and says nothing any
-- more: of each order the newest.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 intake_file_id, $2 business_date
-- Rows:     stream_id, order_no and business_date of each
UPDATE merchant_order
SET is_current = 1
WHERE
    is_current = -1
    AND (stream_id, order_no) IN (
        SELECT
            gone.stream_id,
            gone.order_no
        FROM merchant_order AS gone
        WHERE
            gone.business_date = $2
            AND gone.intake_file_id = $1
            AND gone.is_current = 0
    )
    AND NOT EXISTS (
        SELECT 1
        FROM merchant_order AS other
        WHERE
            other.stream_id = merchant_order.stream_id
            AND other.order_no = merchant_order.order_no
            AND other.occurrence = merchant_order.occurrence
            AND (
                other.is_current = 1
                OR (other.is_current = -1 AND other.version > merchant_order.version)
            )
    )
RETURNING
    stream_id,
    order_no,
    business_date;
