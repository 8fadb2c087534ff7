-- Takes away the staged readings of a stream that say what is known: what is left has to be merged. A
-- row of a statement (source 3) says the same in whichever file it is.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id, $2 first and $3 last staged order_no, $4 the staged dates
-- Effect:   one row each
DELETE FROM staged_reading AS staged
WHERE
    staged.stream_id = $1
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
            AND (staged.source = 3 OR said.interface IS NOT DISTINCT FROM staged.interface)
    );
