-- Marks what the staged readings of a stream replace as no longer current; of another statement file it is overruled.
--
-- Dialects: PostgreSQL
-- Params:   $1 stream_id
-- Effect:   one row each
UPDATE reading
SET
    is_current = CASE
        WHEN reading.source = 3 AND reading.interface <> staged.interface THEN -1
        ELSE 0
    END
FROM staged_reading AS staged
WHERE
    reading.stream_id = $1
    AND staged.stream_id = $1
    AND reading.order_no = staged.order_no
    AND reading.source = staged.source
    AND reading.provider_order_no = staged.provider_order_no
    AND reading.occurrence = staged.occurrence
    AND reading.is_current = 1;
