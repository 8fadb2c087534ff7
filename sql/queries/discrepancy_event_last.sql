-- The last entry's number and hash in the histories of discrepancies with these order numbers.
-- Beside max(), SQLite takes every other column from the row that has the maximum.
--
-- Dialects: SQLite
-- Params:   the order numbers
-- Repeats:  the order number
-- Rows:     order_no, discrepancy_id, sequence, hash
SELECT
    order_no,
    discrepancy_id,
    max(sequence) AS sequence,
    hash
FROM discrepancy_event
WHERE order_no IN (/*each*/ ? /*each*/)
GROUP BY
    order_no,
    discrepancy_id;
