-- Whether another file says otherwise than a statement file of an account did when it was imported last.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 interface, $2 account
-- Rows:     1 where it does, else 0
SELECT 1
FROM reading AS said
INNER JOIN reading AS counts
    ON
        said.stream_id = counts.stream_id
        AND said.order_no = counts.order_no
        AND said.source = counts.source
        AND said.provider_order_no = counts.provider_order_no
        AND said.occurrence = counts.occurrence
WHERE
    said.is_current = -1
    AND said.interface = $1
    AND said.stream_id IN (
        SELECT stream_id
        FROM stream
        WHERE account = $2
    )
    AND counts.is_current = 1
    AND (
        counts.status <> said.status
        OR counts.business_date <> said.business_date
        OR counts.status_code IS DISTINCT FROM said.status_code
        OR counts.amount_minor IS DISTINCT FROM said.amount_minor
        OR counts.currency IS DISTINCT FROM said.currency
        OR counts.fee_minor IS DISTINCT FROM said.fee_minor
        OR counts.withheld_minor IS DISTINCT FROM said.withheld_minor
        OR counts.original_order_no IS DISTINCT FROM said.original_order_no
        OR counts.way IS DISTINCT FROM said.way
        OR counts.paid_at IS DISTINCT FROM said.paid_at
    )
LIMIT 1;
