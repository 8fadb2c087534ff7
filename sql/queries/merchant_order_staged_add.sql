-- Adds the staged orders of a stream, each in a version after those that are known of it.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id
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
    coalesce(
        (
            SELECT max(said.version)
            FROM merchant_order AS said
            WHERE
                said.stream_id = $1
                AND said.order_no = staged.order_no
                AND said.occurrence = staged.occurrence
        ),
        0
    ) + 1,
    staged.is_current,
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
WHERE staged.stream_id = $1;
