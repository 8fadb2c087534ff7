-- The last entry's number in the histories of discrepancies with these order numbers.
--
-- Dialects: PostgreSQL
-- Params:   $1 the order numbers
-- Rows:     order_no, discrepancy_id, sequence
SELECT
    order_no,
    discrepancy_id,
    max(sequence) AS sequence
FROM discrepancy_event
WHERE order_no = ANY($1)
GROUP BY
    order_no,
    discrepancy_id;
