-- Lets count again what statement files say and nothing overrules any more: of each transaction the newest.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 account
-- Rows:     stream_id, order_no and business_date of each
UPDATE reading
SET is_current = 1
WHERE
    is_current = -1
    AND stream_id IN (
        SELECT stream_id
        FROM stream
        WHERE account = $1
    )
    AND NOT EXISTS (
        SELECT 1
        FROM reading AS other
        WHERE
            other.stream_id = reading.stream_id
            AND other.order_no = reading.order_no
            AND other.source = reading.source
            AND other.provider_order_no = reading.provider_order_no
            AND other.occurrence = reading.occurrence
            AND (
                other.is_current = 1
                OR (other.is_current = -1 AND other.version > reading.version)
            )
    )
RETURNING
    stream_id,
    order_no,
    business_date;
