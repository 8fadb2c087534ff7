-- Adds the staged readings of a stream, of which those that say what is known are already taken away: what
-- they replace is no longer current; of another statement file it is overruled. Pairs with current rows under
-- several dates are noted as spread, those that changed under some dates as touched. All of it looks at the ledger
-- as it was before.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id, $2 first and $3 last business_date, $4 whether those from the first to the last
--           are noted, or all the others
-- Rows:     1: how many were added and replaced, and the dates of the added ones
WITH changed AS MATERIALIZED (
    SELECT staged.*
    FROM staged_reading AS staged
    WHERE staged.stream_id = $1
),

gone AS (
    UPDATE reading
    SET
        is_current = CASE
            WHEN reading.source = 3 AND reading.interface <> changed.interface THEN -1
            ELSE 0
        END
    FROM changed
    WHERE
        reading.stream_id = $1
        AND reading.order_no = changed.order_no
        AND reading.source = changed.source
        AND reading.provider_order_no = changed.provider_order_no
        AND reading.occurrence = changed.occurrence
        AND reading.is_current = 1
    RETURNING
        reading.order_no,
        reading.business_date
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
    INNER JOIN reading AS said ON changed.order_no = said.order_no
    WHERE
        said.stream_id = $1
        AND said.is_current = 1
        AND said.business_date <> changed.business_date
        AND (said.source, said.provider_order_no, said.occurrence)
        <> (changed.source, changed.provider_order_no, changed.occurrence)
    ON CONFLICT (stream_id, order_no) DO NOTHING
),

added AS (
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
        changed.business_date,
        changed.stream_id,
        changed.order_no,
        changed.source,
        changed.provider_order_no,
        changed.occurrence,
        coalesce(
            (
                SELECT max(said.version)
                FROM reading AS said
                WHERE
                    said.stream_id = $1
                    AND said.order_no = changed.order_no
                    AND said.source = changed.source
                    AND said.provider_order_no = changed.provider_order_no
                    AND said.occurrence = changed.occurrence
            ),
            0
        ) + 1,
        changed.is_current,
        changed.status,
        changed.status_code,
        changed.amount_minor,
        changed.currency,
        changed.fee_minor,
        changed.paid_at,
        changed.interface,
        changed.assurance,
        changed.evidence,
        changed.observed_at,
        changed.withheld_minor,
        changed.original_order_no,
        changed.way
    FROM changed
)

SELECT
    (SELECT count(*) FROM changed) AS added,
    (SELECT count(*) FROM gone) AS replaced,
    (SELECT array_agg(DISTINCT business_date) FROM changed) AS dates;
