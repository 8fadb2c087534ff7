-- Marks what the staged orders of a stream replace as no longer current; of another file it is overruled.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id
-- Effect:   one row each
UPDATE merchant_order
SET
    is_current = CASE
        WHEN merchant_order.intake_file_id <> staged.intake_file_id THEN -1
        ELSE 0
    END
FROM staged_order AS staged
WHERE
    merchant_order.stream_id = $1
    AND staged.stream_id = $1
    AND merchant_order.order_no = staged.order_no
    AND merchant_order.occurrence = staged.occurrence
    AND merchant_order.is_current = 1;
