-- The dates before another one under which files have put orders.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 before this date
-- Rows:     intake_file_id, business_date; sorted
SELECT
    intake_file_id,
    business_date
FROM intake_file_date
WHERE business_date < $1
ORDER BY
    intake_file_id,
    business_date;
