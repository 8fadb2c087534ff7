-- The orders of streams on some days of which a reading says that their money was given back, as
-- reading_given_back.sql finds those of one stream on one.
--
-- Dialects: PostgreSQL
-- Params:   $1 the stream_ids, $2 first and $3 last business_date
-- Rows:     order_no, stream_id; each once
SELECT DISTINCT
    order_no,
    stream_id
FROM reading
WHERE
    business_date BETWEEN $2 AND $3
    AND stream_id = ANY($1)
    AND is_current = 1
    AND (
        status IN (6, 7)
        OR (
            status = 5
            AND EXISTS (
                SELECT 1
                FROM reading AS earlier
                WHERE
                    earlier.stream_id = reading.stream_id
                    AND earlier.order_no = reading.order_no
                    AND earlier.is_current = 0
                    AND earlier.status IN (4, 6, 7)
            )
        )
    );
