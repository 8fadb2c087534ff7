-- Notes as touched the pairs of the readings that reading_retire_after.sql is about to retire.
--
-- Dialects: SQLite
-- Params:   $1 business_date, $2 stream_id, $3 order_no, $4 source, $5 the only interface or NULL
-- Effect:   the pairs that were not noted before
INSERT INTO touched (
    stream_id,
    order_no
)
SELECT DISTINCT
    stream_id,
    order_no
FROM reading
WHERE
    business_date = $1
    AND stream_id = $2
    AND order_no > $3
    AND source = $4
    AND ($5 IS NULL OR interface = $5)
    AND is_current = 1
ON CONFLICT (stream_id, order_no) DO NOTHING;
