-- The last entry's number in the histories of discrepancies with these order numbers.
--
-- Dialects: SQLite
-- Params:   the order numbers
-- Repeats:  the order number
-- Rows:     order_no, discrepancy_id, sequence
SELECT
    order_no,
    discrepancy_id,
    max(sequence) AS sequence
FROM discrepancy_event
WHERE order_no IN (/*each*/ ? /*each*/)
GROUP BY
    order_no,
    discrepancy_id;
