-- A page of the orders of a stream on a day that the merchant gave up and that no listing has.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 order_no to go on after, $4 rows at most, the statuses of an
--           order that was given up: $5 and $6, the source of a listing: $7
-- Rows:     ascending, each order_no once
SELECT given_up.order_no
FROM merchant_order AS given_up
WHERE
    given_up.business_date = $1
    AND given_up.stream_id = $2
    AND given_up.order_no > $3
    AND given_up.status IN ($5, $6)
    AND given_up.is_current = 1
    AND NOT EXISTS (
        SELECT 1
        FROM reading
        WHERE
            reading.stream_id = $2
            AND reading.order_no = given_up.order_no
            AND reading.source = $7
            AND reading.is_current = 1
    )
GROUP BY given_up.order_no
ORDER BY given_up.order_no
LIMIT $4;
