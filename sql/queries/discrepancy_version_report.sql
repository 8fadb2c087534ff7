-- The rows of a business date's report, as they were on that date: seen first on or before it, and not
-- closed before it; its own that a person closed (states 4 and 5) stay in it; cross-day rows (type 18)
-- on their own date, and on the next one, which closes them, where their own date has seen them.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 the name by which the job signs, $3 the date before
-- Rows:     sorted by account, kind, product, business date, order number, type and id
SELECT
    version.order_no,
    version.discrepancy_id,
    version.stream_id,
    version.type,
    version.business_date,
    version.first_seen,
    version.timing_until,
    version.state,
    version.closed_on,
    version.difference_minor,
    version.provider_order_no,
    version.original_order_no,
    version.currency,
    version.merchant_amount_minor,
    version.provider_amount_minor,
    version.merchant_fee_minor,
    version.provider_fee_minor,
    version.merchant_status,
    version.provider_status,
    version.merchant_time,
    version.provider_time,
    version.source,
    version.interface,
    version.assurance,
    version.status_code,
    version.amount_assumed,
    version.time_assumed,
    version.resolution,
    version.resolved_by,
    version.resolution_note,
    version.callback_at,
    version.amount_source,
    version.amount_interface,
    version.answered_on
FROM (
    -- In parts of which each has its index.
    SELECT *
    FROM discrepancy_version
    WHERE
        until_date = 99991231
        AND closed_on IS NULL
        AND version_date <= $1
    UNION ALL
    SELECT *
    FROM discrepancy_version
    WHERE
        until_date = 99991231
        AND closed_on >= $1
        AND version_date <= $1
    UNION ALL
    SELECT *
    FROM discrepancy_version
    WHERE
        until_date = 99991231
        AND business_date = $1
        AND closed_on < $1
        AND state >= 4
        AND resolved_by <> $2
    UNION ALL
    SELECT *
    FROM discrepancy_version
    WHERE
        until_date < 99991231
        AND until_date > $1
        AND version_date <= $1
        AND (
            closed_on IS NULL
            OR closed_on >= $1
            OR (business_date = $1 AND state >= 4 AND resolved_by <> $2)
        )
) AS version
INNER JOIN stream ON version.stream_id = stream.stream_id
WHERE
    version.first_seen <= $1
    AND (
        version.type <> 18
        OR version.business_date = $1
        OR (version.business_date = $3 AND version.first_seen <= $3)
    )
ORDER BY
    stream.account,
    stream.kind,
    stream.product,
    version.business_date,
    version.order_no,
    version.type,
    version.discrepancy_id;
