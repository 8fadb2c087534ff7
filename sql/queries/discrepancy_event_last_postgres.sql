-- The last entry's number and hash in the histories of discrepancies with these order numbers.
--
-- Dialects: PostgreSQL
-- Params:   $1 the order numbers
-- Rows:     order_no, discrepancy_id, sequence, hash
SELECT DISTINCT ON (order_no, discrepancy_id)
    order_no,
    discrepancy_id,
    sequence,
    hash
FROM discrepancy_event
WHERE order_no = ANY($1)
ORDER BY
    order_no,
    discrepancy_id,
    sequence DESC;
