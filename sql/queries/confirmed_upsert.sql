-- Notes when pairs were answered with what had been said before.
--
-- Dialects: SQLite
-- Params:   per row: stream_id, order_no, confirmed_at
-- Repeats:  the row
-- Effect:   the pairs that were not noted before, or earlier
INSERT INTO confirmed (
    stream_id,
    order_no,
    confirmed_at
)
VALUES /*each*/ (?, ?, ?) /*each*/
ON CONFLICT (stream_id, order_no) DO UPDATE SET
    confirmed_at = excluded.confirmed_at
WHERE excluded.confirmed_at > confirmed.confirmed_at;
