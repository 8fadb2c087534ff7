-- Adds the staged readings of a stream, each in a version after those that are known of it.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id
-- Effect:   one row each
INSERT INTO reading (
    business_date,
    stream_id,
    order_no,
    source,
    provider_order_no,
    occurrence,
    version,
    is_current,
    status,
    status_code,
    amount_minor,
    currency,
    fee_minor,
    paid_at,
    interface,
    assurance,
    evidence,
    observed_at,
    withheld_minor,
    original_order_no,
    way
)
SELECT
    staged.business_date,
    staged.stream_id,
    staged.order_no,
    staged.source,
    staged.provider_order_no,
    staged.occurrence,
    coalesce(
        (
            SELECT max(said.version)
            FROM reading AS said
            WHERE
                said.stream_id = $1
                AND said.order_no = staged.order_no
                AND said.source = staged.source
                AND said.provider_order_no = staged.provider_order_no
                AND said.occurrence = staged.occurrence
        ),
        0
    ) + 1,
    staged.is_current,
    staged.status,
    staged.status_code,
    staged.amount_minor,
    staged.currency,
    staged.fee_minor,
    staged.paid_at,
    staged.interface,
    staged.assurance,
    staged.evidence,
    staged.observed_at,
    staged.withheld_minor,
    staged.original_order_no,
    staged.way
FROM staged_reading AS staged
WHERE staged.stream_id = $1;
