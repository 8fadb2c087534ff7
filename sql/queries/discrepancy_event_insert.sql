-- Adds entries to the histories of discrepancies.
--
-- Dialects: SQLite
-- Params:   per row, in the order of the columns
-- Repeats:  the row
-- Effect:   one row each
INSERT INTO discrepancy_event (
    order_no,
    discrepancy_id,
    sequence,
    business_date,
    event,
    person,
    note,
    occurred_at,
    hash,
    anchor,
    row_hash,
    content_hash
)
VALUES /*each*/ (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) /*each*/;
