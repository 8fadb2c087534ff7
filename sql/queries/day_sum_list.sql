-- The sums of an account's streams on the dates of a span.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 account, $2 first business_date, $3 last business_date
-- Rows:     ascending by date and stream
SELECT
    day_sum.business_date,
    day_sum.stream_id,
    day_sum.count,
    day_sum.amount_minor,
    day_sum.stated_count,
    day_sum.stated_minor,
    day_sum.contract_count,
    day_sum.contract_minor,
    day_sum.back_count,
    day_sum.back_minor,
    day_sum.told_count,
    day_sum.unavailable_count,
    day_sum.unavailable_minor
FROM day_sum
INNER JOIN stream ON day_sum.stream_id = stream.stream_id
WHERE
    stream.account = $1
    AND day_sum.business_date >= $2
    AND day_sum.business_date <= $3
ORDER BY
    day_sum.business_date,
    stream.kind,
    stream.product;
