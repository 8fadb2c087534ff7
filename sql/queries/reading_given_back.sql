-- The orders of a stream and day of which a reading says that their money was given back (status 6 refunded,
-- 7 returned, or 5 failed after an earlier word had said that it was paid).
--
-- Dialects: SQLite
-- Params:   $1 stream_id, $2 business_date
-- Rows:     order_no, each once
SELECT DISTINCT order_no
FROM reading
WHERE
    business_date = $2
    AND stream_id = $1
    AND is_current = 1
    AND (
        status IN (6, 7)
        OR (
            status = 5
            AND EXISTS (
                SELECT 1
                FROM reading AS earlier
                WHERE
                    earlier.stream_id = $1
                    AND earlier.order_no = reading.order_no
                    AND earlier.is_current = 0
                    AND earlier.status IN (4, 6, 7)
            )
        )
    );
