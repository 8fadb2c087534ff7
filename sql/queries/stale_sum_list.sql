-- The dates of a span of which an account's sums have to be added up again.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 account, $2 first business_date, $3 last business_date
-- Rows:     business_date; ascending, each once
SELECT DISTINCT stale_sum.business_date
FROM stale_sum
INNER JOIN stream ON stale_sum.stream_id = stream.stream_id
WHERE
    stream.account = $1
    AND stale_sum.business_date >= $2
    AND stale_sum.business_date <= $3
ORDER BY stale_sum.business_date;
