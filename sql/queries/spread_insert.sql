-- Notes pairs as spread over several dates.
--
-- Dialects: SQLite
-- Params:   per row: stream_id, order_no
-- Repeats:  the row
-- Effect:   the pairs that were not noted before
INSERT INTO spread (
    stream_id,
    order_no
)
VALUES /*each*/ (?, ?) /*each*/
ON CONFLICT (stream_id, order_no) DO NOTHING;
