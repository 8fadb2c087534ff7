-- Notes pairs as touched by a word of another date, or as no longer listed.
--
-- Dialects: SQLite
-- Params:   per row: stream_id, order_no, is_unlisted
-- Repeats:  the row
-- Effect:   the pairs that were not noted before; one that was stays unlisted
INSERT INTO touched (
    stream_id,
    order_no,
    is_unlisted
)
VALUES /*each*/ (?, ?, ?) /*each*/
ON CONFLICT (stream_id, order_no) DO UPDATE
    SET is_unlisted = max(touched.is_unlisted, excluded.is_unlisted);
