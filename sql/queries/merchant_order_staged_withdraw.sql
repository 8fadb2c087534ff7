-- Marks as no longer current what an earlier put of the same owner has and this one has not, and
-- notes as touched the pairs of which that lies under some dates.
--
-- Dialects: PostgreSQL
-- Params:   $1 intake_file_id, $2 the dates to look under, $3 the only stream_ids or NULL, $4 first and $5 last
--           business_date, $6 whether those from the first to the last are noted, or all the others
-- Rows:     1: how many were current
WITH gone AS (
    UPDATE merchant_order
    SET is_current = 0
    WHERE
        business_date = ANY($2)
        AND intake_file_id = $1
        AND is_current = 1
        AND ($3::BIGINT [] IS NULL OR stream_id = ANY($3))
        AND NOT EXISTS (
            SELECT 1
            FROM staged_order AS staged
            WHERE
                staged.stream_id = merchant_order.stream_id
                AND staged.order_no = merchant_order.order_no
                AND staged.occurrence = merchant_order.occurrence
        )
    RETURNING
        stream_id,
        order_no,
        business_date
),

noted AS (
    INSERT INTO touched (
        stream_id,
        order_no
    )
    SELECT DISTINCT
        stream_id,
        order_no
    FROM gone
    WHERE (business_date BETWEEN $4 AND $5) = $6
    ON CONFLICT (stream_id, order_no) DO NOTHING
)

SELECT count(*) AS gone
FROM gone;
