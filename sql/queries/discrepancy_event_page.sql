-- A page of the histories of all discrepancies, each entry with its hashes and the
-- discrepancy's row as it is now; NULL where there is no such row.
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
    discrepancy_event.row_hash,
    discrepancy_event.content_hash,
    discrepancy.order_no,
    discrepancy.discrepancy_id,
    discrepancy.stream_id,
    discrepancy.type,
    discrepancy.business_date,
    discrepancy.first_seen,
    discrepancy.timing_until,
    discrepancy.state,
    discrepancy.closed_on,
    discrepancy.difference_minor,
    discrepancy.provider_order_no,
    discrepancy.original_order_no,
    discrepancy.currency,
    discrepancy.merchant_amount_minor,
    discrepancy.provider_amount_minor,
    discrepancy.merchant_fee_minor,
    discrepancy.provider_fee_minor,
    discrepancy.merchant_status,
    discrepancy.provider_status,
    discrepancy.merchant_time,
    discrepancy.provider_time,
    discrepancy.source,
    discrepancy.interface,
    discrepancy.assurance,
    discrepancy.status_code,
    discrepancy.amount_assumed,
    discrepancy.time_assumed,
    discrepancy.resolution,
    discrepancy.resolved_by,
    discrepancy.resolution_note,
    discrepancy.callback_at,
    discrepancy.amount_source,
    discrepancy.amount_interface,
    discrepancy.answered_on
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
