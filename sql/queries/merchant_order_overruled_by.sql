-- The files that say otherwise than a file of orders did when it was imported last.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 intake_file_id
-- Rows:     intake_file_id of each
SELECT DISTINCT counts.intake_file_id
FROM merchant_order AS said
INNER JOIN merchant_order AS counts
    ON
        said.stream_id = counts.stream_id
        AND said.order_no = counts.order_no
        AND said.occurrence = counts.occurrence
WHERE
    said.is_current = -1
    AND said.intake_file_id = $1
    AND counts.is_current = 1
    AND (
        counts.status <> said.status
        OR counts.business_date <> said.business_date
        OR counts.amount_minor <> said.amount_minor
        OR counts.currency <> said.currency
        OR counts.fee_minor IS DISTINCT FROM said.fee_minor
        OR counts.created_at IS DISTINCT FROM said.created_at
        OR counts.paid_at IS DISTINCT FROM said.paid_at
        OR counts.provider_order_no IS DISTINCT FROM said.provider_order_no
        OR counts.original_order_no IS DISTINCT FROM said.original_order_no
        OR counts.product IS DISTINCT FROM said.product
    )
ORDER BY counts.intake_file_id;
