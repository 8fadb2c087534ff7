-- The rows of a business date's report: seen first on or before the date, and not closed before it;
-- its own that a person closed (states 4 and 5) stay in it; cross-day rows (type 18) only on their
-- own date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 the name by which the job signs
-- Rows:     sorted by account, kind, product, business date, order number, type and id
SELECT
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
    discrepancy.callback_at
FROM discrepancy
INNER JOIN stream ON discrepancy.stream_id = stream.stream_id
WHERE
    (
        discrepancy.closed_on IS NULL
        OR discrepancy.closed_on >= $1
        OR (
            discrepancy.business_date = $1
            AND discrepancy.state >= 4
            AND discrepancy.resolved_by <> $2
        )
    )
    AND discrepancy.first_seen <= $1
    AND (
        discrepancy.type <> 18
        OR discrepancy.business_date = $1
    )
ORDER BY
    stream.account,
    stream.kind,
    stream.product,
    discrepancy.business_date,
    discrepancy.order_no,
    discrepancy.type,
    discrepancy.discrepancy_id;
