-- Notes the dates under which touched pairs have, or had, rows: their sums have to be added up again.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 the order numbers
-- Effect:   the dates that were not noted before
INSERT INTO stale_sum (
    business_date,
    stream_id
)
WITH noted AS (
    SELECT
        stream_id,
        order_no
    FROM touched
    WHERE
        stream_id = $1
        AND order_no = ANY($2)
)

SELECT
    said.business_date,
    said.stream_id
FROM noted
INNER JOIN reading AS said ON noted.stream_id = said.stream_id AND noted.order_no = said.order_no
UNION
SELECT
    booked.business_date,
    booked.stream_id
FROM noted
INNER JOIN merchant_order AS booked ON noted.stream_id = booked.stream_id AND noted.order_no = booked.order_no
WHERE booked.business_date > 0
ON CONFLICT (business_date, stream_id) DO NOTHING;
