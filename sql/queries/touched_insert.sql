-- Notes pairs as touched by a word of another date.
--
-- Dialects: SQLite
-- Params:   per row: stream_id, order_no
-- Repeats:  the row
-- Effect:   the pairs that were not noted before
INSERT INTO touched (
    stream_id,
    order_no
)
VALUES /*each*/ (?, ?) /*each*/
ON CONFLICT (stream_id, order_no) DO NOTHING;
