-- Marks as no longer current what an earlier put of the same owner has and this one has not, and
-- notes as touched the pairs of which that lies under some dates, and as unlisted those of a listing
-- (source 1), whatever the date.
--
-- Dialects: PostgreSQL
-- Params:   $1 source, $2 the dates to look under, $3 the only stream_ids or NULL, $4 first and $5 last
--           business_date, $6 whether those from the first to the last are noted, or all the others,
--           $7 the only interface or NULL
-- Rows:     1: how many were current
WITH gone AS (
    UPDATE reading
    SET is_current = 0
    WHERE
        business_date = ANY($2)
        AND source = $1
        AND is_current = 1
        AND ($3::BIGINT [] IS NULL OR stream_id = ANY($3))
        AND ($7::TEXT IS NULL OR interface = $7)
        AND NOT EXISTS (
            SELECT 1
            FROM staged_reading AS staged
            WHERE
                staged.stream_id = reading.stream_id
                AND staged.order_no = reading.order_no
                AND staged.source = reading.source
                AND staged.provider_order_no = reading.provider_order_no
                AND staged.occurrence = reading.occurrence
        )
    RETURNING
        stream_id,
        order_no,
        business_date
),

noted AS (
    INSERT INTO touched (
        stream_id,
        order_no,
        is_unlisted
    )
    SELECT DISTINCT
        stream_id,
        order_no,
        CASE WHEN $1 = 1 THEN 1 ELSE 0 END
    FROM gone
    WHERE $1 = 1 OR (business_date BETWEEN $4 AND $5) = $6
    ON CONFLICT (stream_id, order_no) DO UPDATE
        SET is_unlisted = greatest(touched.is_unlisted, excluded.is_unlisted)
)

SELECT count(*) AS gone
FROM gone;
