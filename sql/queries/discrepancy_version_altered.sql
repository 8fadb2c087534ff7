-- Discrepancies whose row says otherwise than what holds of them by their versions, or of which nothing
-- holds: both are always written together, so one of them was changed.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 how many at most
-- Rows:     ids, sorted
SELECT discrepancy.discrepancy_id
FROM discrepancy
LEFT JOIN discrepancy_version
    ON
        discrepancy.order_no = discrepancy_version.order_no
        AND discrepancy.discrepancy_id = discrepancy_version.discrepancy_id
        AND discrepancy_version.until_date = 99991231
WHERE
    discrepancy_version.order_no IS NULL
    OR discrepancy.stream_id <> discrepancy_version.stream_id
    OR discrepancy.type <> discrepancy_version.type
    OR discrepancy.business_date <> discrepancy_version.business_date
    OR discrepancy.first_seen <> discrepancy_version.first_seen
    OR discrepancy.state <> discrepancy_version.state
    OR discrepancy.closed_on IS DISTINCT FROM discrepancy_version.closed_on
    OR discrepancy.difference_minor <> discrepancy_version.difference_minor
    OR discrepancy.currency <> discrepancy_version.currency
    OR discrepancy.merchant_amount_minor IS DISTINCT FROM discrepancy_version.merchant_amount_minor
    OR discrepancy.provider_amount_minor IS DISTINCT FROM discrepancy_version.provider_amount_minor
    OR discrepancy.merchant_fee_minor IS DISTINCT FROM discrepancy_version.merchant_fee_minor
    OR discrepancy.provider_fee_minor IS DISTINCT FROM discrepancy_version.provider_fee_minor
    OR discrepancy.merchant_status IS DISTINCT FROM discrepancy_version.merchant_status
    OR discrepancy.provider_status <> discrepancy_version.provider_status
    OR discrepancy.resolution <> discrepancy_version.resolution
    OR discrepancy.resolved_by <> discrepancy_version.resolved_by
    OR discrepancy.resolution_note <> discrepancy_version.resolution_note
ORDER BY discrepancy.discrepancy_id
LIMIT $1;
