-- Adds the staged orders of a stream, of which those that say what is known are already taken away: what
-- they replace is no longer current; of another file it is overruled. Pairs with current rows under several
-- dates are noted as spread, those that changed under some dates as touched. All of it looks at the ledger as it
-- was before.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id, $2 first and $3 last business_date, $4 whether those from the first to the last
--           are noted, or all the others
-- Rows:     1: how many were added and replaced, and the dates of the added ones
WITH changed AS MATERIALIZED (
    SELECT staged.*
    FROM staged_order AS staged
    WHERE staged.stream_id = $1
),

gone AS (
    UPDATE merchant_order
    SET
        is_current = CASE
            WHEN merchant_order.intake_file_id <> changed.intake_file_id THEN -1
            ELSE 0
        END
    FROM changed
    WHERE
        merchant_order.stream_id = $1
        AND merchant_order.order_no = changed.order_no
        AND merchant_order.occurrence = changed.occurrence
        AND merchant_order.is_current = 1
    RETURNING
        merchant_order.order_no,
        merchant_order.business_date
),

touching AS (
    INSERT INTO touched (
        stream_id,
        order_no
    )
    SELECT
        $1,
        outside.order_no
    FROM (
        SELECT order_no
        FROM gone
        WHERE (business_date BETWEEN $2 AND $3) = $4
        UNION
        SELECT order_no
        FROM changed
        WHERE (business_date BETWEEN $2 AND $3) = $4
    ) AS outside
    ON CONFLICT (stream_id, order_no) DO NOTHING
),

spreading AS (
    INSERT INTO spread (
        stream_id,
        order_no
    )
    SELECT DISTINCT
        $1,
        changed.order_no
    FROM changed
    INNER JOIN merchant_order AS said ON changed.order_no = said.order_no
    WHERE
        said.stream_id = $1
        AND said.is_current = 1
        AND said.business_date <> changed.business_date
        AND said.occurrence <> changed.occurrence
    ON CONFLICT (stream_id, order_no) DO NOTHING
),

added AS (
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
        changed.business_date,
        changed.stream_id,
        changed.order_no,
        changed.occurrence,
        coalesce(
            (
                SELECT max(said.version)
                FROM merchant_order AS said
                WHERE
                    said.stream_id = $1
                    AND said.order_no = changed.order_no
                    AND said.occurrence = changed.occurrence
            ),
            0
        ) + 1,
        changed.is_current,
        changed.status,
        changed.amount_minor,
        changed.currency,
        changed.fee_minor,
        changed.created_at,
        changed.paid_at,
        changed.provider_order_no,
        changed.original_order_no,
        changed.line,
        changed.intake_file_id,
        changed.product
    FROM changed
)

SELECT
    (SELECT count(*) FROM changed) AS added,
    (SELECT count(*) FROM gone) AS replaced,
    (SELECT array_agg(DISTINCT business_date) FROM changed) AS dates;
