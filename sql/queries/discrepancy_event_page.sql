-- A page of the histories of all discrepancies, each entry with its hash and with how the
-- discrepancy's row stands now; NULL where there is no such row.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 order_no, $2 discrepancy_id, $3 sequence of the last entry of the page before; $4 how
--           many at most
-- Rows:     sorted by order number, id and sequence
SELECT
    discrepancy_event.order_no,
    discrepancy_event.discrepancy_id,
    discrepancy_event.sequence,
    discrepancy_event.business_date,
    discrepancy_event.event,
    discrepancy_event.person,
    discrepancy_event.note,
    discrepancy_event.occurred_at,
    discrepancy_event.hash,
    discrepancy.state,
    discrepancy.resolution,
    discrepancy.resolved_by
FROM discrepancy_event
LEFT JOIN discrepancy
    ON
        discrepancy_event.order_no = discrepancy.order_no
        AND discrepancy_event.discrepancy_id = discrepancy.discrepancy_id
WHERE
    (discrepancy_event.order_no, discrepancy_event.discrepancy_id, discrepancy_event.sequence)
    > ($1, $2, $3)
ORDER BY
    discrepancy_event.order_no,
    discrepancy_event.discrepancy_id,
    discrepancy_event.sequence
LIMIT $4;
