-- Takes away the staged orders of a stream that say what is known: what is left has to be merged.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id, $2 first and $3 last staged order_no, $4 the staged dates
-- Effect:   one row each
DELETE FROM staged_order AS staged
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
    );
