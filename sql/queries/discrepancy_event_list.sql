-- The history of one discrepancy.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 order_no, $2 discrepancy_id
-- Rows:     oldest first
SELECT
    order_no,
    discrepancy_id,
    sequence,
    business_date,
    event,
    person,
    note,
    occurred_at
FROM discrepancy_event
WHERE
    order_no = $1
    AND discrepancy_id = $2
ORDER BY sequence;
