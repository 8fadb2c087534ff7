-- Notes as touched the pairs of the readings that reading_retire_after.sql is about to retire; those of a
-- listing (source 1) are no longer listed.
--
-- Dialects: SQLite
-- Params:   $1 business_date, $2 stream_id, $3 order_no, $4 source, $5 the only interface or NULL
-- Effect:   the pairs that were not noted before
INSERT INTO touched (
    stream_id,
    order_no,
    is_unlisted
)
SELECT DISTINCT
    stream_id,
    order_no,
    source = 1
FROM reading
WHERE
    business_date = $1
    AND stream_id = $2
    AND order_no > $3
    AND source = $4
    AND ($5 IS NULL OR interface = $5)
    AND is_current = 1
ON CONFLICT (stream_id, order_no) DO UPDATE
    SET is_unlisted = max(touched.is_unlisted, excluded.is_unlisted);
