-- Notes of the staged orders of a file that they say what another file has said: should that one be taken back, they
-- count.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id, $2 first and $3 last staged order_no, $4 the staged dates
-- Effect:   one row each
INSERT INTO merchant_order (
    business_date,
    stream_id,
    order_no,
    occurrence,
    version,
    is_current,
    status,
    amount_minor,
    currency,
    fee_minor,
    created_at,
    paid_at,
    provider_order_no,
    original_order_no,
    line,
    intake_file_id,
    product
)
SELECT
    staged.business_date,
    staged.stream_id,
    staged.order_no,
    staged.occurrence,
    (
        SELECT max(known.version)
        FROM merchant_order AS known
        WHERE
            known.stream_id = $1
            AND known.order_no = staged.order_no
            AND known.occurrence = staged.occurrence
    ) + 1,
    -1,
    staged.status,
    staged.amount_minor,
    staged.currency,
    staged.fee_minor,
    staged.created_at,
    staged.paid_at,
    staged.provider_order_no,
    staged.original_order_no,
    staged.line,
    staged.intake_file_id,
    staged.product
FROM staged_order AS staged
WHERE
    staged.stream_id = $1
    AND EXISTS (
        SELECT 1
        FROM merchant_order AS said
        WHERE
            said.business_date = ANY($4)
            AND said.stream_id = $1
            AND said.order_no BETWEEN $2 AND $3
            AND said.is_current = 1
            AND said.business_date = staged.business_date
            AND said.order_no = staged.order_no
            AND said.occurrence = staged.occurrence
            AND said.status = staged.status
            AND said.amount_minor = staged.amount_minor
            AND said.currency = staged.currency
            AND said.fee_minor IS NOT DISTINCT FROM staged.fee_minor
            AND said.created_at IS NOT DISTINCT FROM staged.created_at
            AND said.paid_at IS NOT DISTINCT FROM staged.paid_at
            AND said.provider_order_no IS NOT DISTINCT FROM staged.provider_order_no
            AND said.original_order_no IS NOT DISTINCT FROM staged.original_order_no
            AND said.product IS NOT DISTINCT FROM staged.product
            AND said.intake_file_id <> staged.intake_file_id
    );
