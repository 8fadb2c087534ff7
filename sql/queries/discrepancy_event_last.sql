-- The last entry's number and hash in the histories of discrepancies with these order numbers.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 the order numbers
-- Rows:     order_no, discrepancy_id, sequence, hash
SELECT
    entry.order_no,
    entry.discrepancy_id,
    entry.sequence,
    entry.hash
FROM discrepancy_event AS entry
WHERE
    entry.order_no = ANY($1)
    AND NOT EXISTS (
        SELECT 1
        FROM discrepancy_event AS later
        WHERE
            later.order_no = entry.order_no
            AND later.discrepancy_id = entry.discrepancy_id
            AND later.sequence > entry.sequence
    );
