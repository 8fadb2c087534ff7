-- Discrepancies that have no history at all: every one is raised with an entry, so it was removed.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 how many at most
-- Rows:     ids, sorted
SELECT discrepancy.discrepancy_id
FROM discrepancy
WHERE NOT EXISTS (
    SELECT 1
    FROM discrepancy_event
    WHERE
        discrepancy_event.order_no = discrepancy.order_no
        AND discrepancy_event.discrepancy_id = discrepancy.discrepancy_id
)
ORDER BY discrepancy.discrepancy_id
LIMIT $1;
