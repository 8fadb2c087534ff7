-- Notes of the staged readings of a statement that they say what another file has said: should that one be
-- taken back, they count.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id, $2 first and $3 last staged order_no, $4 the staged dates
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
    (
        SELECT max(known.version)
        FROM reading AS known
        WHERE
            known.stream_id = $1
            AND known.order_no = staged.order_no
            AND known.source = staged.source
            AND known.provider_order_no = staged.provider_order_no
            AND known.occurrence = staged.occurrence
    ) + 1,
    -1,
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
WHERE
    staged.stream_id = $1
    AND staged.source = 3
    AND EXISTS (
        SELECT 1
        FROM reading AS said
        WHERE
            said.business_date = ANY($4)
            AND said.stream_id = $1
            AND said.order_no BETWEEN $2 AND $3
            AND said.is_current = 1
            AND said.business_date = staged.business_date
            AND said.order_no = staged.order_no
            AND said.source = staged.source
            AND said.provider_order_no = staged.provider_order_no
            AND said.occurrence = staged.occurrence
            AND said.status = staged.status
            AND said.assurance = staged.assurance
            AND said.status_code IS NOT DISTINCT FROM staged.status_code
            AND said.amount_minor IS NOT DISTINCT FROM staged.amount_minor
            AND said.currency IS NOT DISTINCT FROM staged.currency
            AND said.fee_minor IS NOT DISTINCT FROM staged.fee_minor
            AND said.withheld_minor IS NOT DISTINCT FROM staged.withheld_minor
            AND said.original_order_no IS NOT DISTINCT FROM staged.original_order_no
            AND said.way IS NOT DISTINCT FROM staged.way
            AND said.paid_at IS NOT DISTINCT FROM staged.paid_at
            AND said.interface <> staged.interface
    );
