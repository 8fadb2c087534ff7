-- Notes as touched the pairs of a stream and business date that were settled (status 4: succeeded, by a
-- listing or an answer) and that the provider has not been asked about since.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 the moment before which they were last answered
-- Effect:   the pairs that were not noted before
INSERT INTO touched (
    stream_id,
    order_no
)
SELECT
    settled.stream_id,
    settled.order_no
FROM (
    SELECT
        stream_id,
        order_no,
        max(observed_at) AS answered_at
    FROM reading
    WHERE
        business_date = $1
        AND stream_id = $2
        AND source IN (1, 2)
        AND status = 4
        AND is_current = 1
    GROUP BY
        stream_id,
        order_no
) AS settled
LEFT JOIN confirmed
    ON
        settled.stream_id = confirmed.stream_id
        AND settled.order_no = confirmed.order_no
WHERE
    settled.answered_at < $3
    AND coalesce(confirmed.confirmed_at, 0) < $3
ON CONFLICT (stream_id, order_no) DO NOTHING;
