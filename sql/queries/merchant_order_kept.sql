-- Which pairs of a stream have to stay when what is older than a date is removed, and why, each by itself (see
-- src/ledger/prune.rs; why: 1 a discrepancy is not closed, 2 one was closed or noted upon later, 3 part of it is
-- dated later, 4 it has to be judged again). Looked at are the pairs with rows of a date, in a range of order
-- numbers, and those that are named.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 business_date, $3 after this order_no, $4 up to that one, $5 what is older is removed,
--           $6 the order numbers that are named
-- Rows:     order_no, why; only those that stay
SELECT
    kept.order_no,
    kept.why
FROM (
    SELECT
        pair.order_no,
        CASE
            WHEN EXISTS (
                SELECT 1
                FROM discrepancy AS found
                WHERE
                    found.stream_id = $1
                    AND found.order_no = pair.order_no
                    AND (found.state <= 3 OR found.closed_on IS NULL)
            ) THEN 1
            WHEN EXISTS (
                SELECT 1
                FROM discrepancy AS found
                WHERE
                    found.stream_id = $1
                    AND found.order_no = pair.order_no
                    AND (found.closed_on >= $5 OR found.business_date >= $5 OR found.first_seen >= $5)
            ) THEN 2
            WHEN EXISTS (
                SELECT 1
                FROM discrepancy AS found
                INNER JOIN discrepancy_event AS entry
                    ON found.order_no = entry.order_no AND found.discrepancy_id = entry.discrepancy_id
                WHERE
                    found.stream_id = $1
                    AND found.order_no = pair.order_no
                    AND entry.business_date >= $5
            ) THEN 2
            WHEN EXISTS (
                SELECT 1
                FROM discrepancy_version AS held
                WHERE
                    held.stream_id = $1
                    AND held.order_no = pair.order_no
                    AND (held.business_date >= $5 OR held.version_date >= $5)
            ) THEN 2
            WHEN EXISTS (
                SELECT 1
                FROM merchant_order AS booked
                WHERE
                    booked.stream_id = $1
                    AND booked.order_no = pair.order_no
                    AND booked.business_date >= $5
            ) THEN 3
            WHEN EXISTS (
                SELECT 1
                FROM reading AS said
                WHERE
                    said.stream_id = $1
                    AND said.order_no = pair.order_no
                    AND said.business_date >= $5
            ) THEN 3
            WHEN EXISTS (
                SELECT 1
                FROM touched
                WHERE
                    touched.stream_id = $1
                    AND touched.order_no = pair.order_no
            ) THEN 4
        END AS why
    FROM (
        SELECT order_no
        FROM merchant_order
        WHERE business_date = $2 AND stream_id = $1 AND order_no > $3 AND order_no <= $4
        UNION
        SELECT order_no
        FROM reading
        WHERE business_date = $2 AND stream_id = $1 AND order_no > $3 AND order_no <= $4
        UNION
        SELECT order_no
        FROM discrepancy
        WHERE business_date = $2 AND stream_id = $1 AND order_no > $3 AND order_no <= $4
        UNION
        SELECT order_no
        FROM discrepancy_version
        WHERE business_date = $2 AND stream_id = $1 AND order_no > $3 AND order_no <= $4
        UNION
        SELECT order_no
        FROM merchant_order
        WHERE stream_id = $1 AND order_no = ANY($6)
        UNION
        SELECT order_no
        FROM reading
        WHERE stream_id = $1 AND order_no = ANY($6)
        UNION
        SELECT order_no
        FROM discrepancy
        WHERE stream_id = $1 AND order_no = ANY($6)
        UNION
        SELECT order_no
        FROM discrepancy_version
        WHERE stream_id = $1 AND order_no = ANY($6)
        UNION
        SELECT order_no
        FROM touched
        WHERE stream_id = $1 AND order_no = ANY($6)
    ) AS pair
) AS kept
WHERE kept.why IS NOT NULL;
