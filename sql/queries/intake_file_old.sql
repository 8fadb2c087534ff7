-- The files that were imported on behalf of a date before another one, and have put orders under no later one.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 before this date
-- Rows:     intake_file_id, sorted
SELECT intake_file_id
FROM intake_file
WHERE
    business_date < $1
    AND NOT EXISTS (
        SELECT 1
        FROM intake_file_date
        WHERE
            intake_file_date.intake_file_id = intake_file.intake_file_id
            AND intake_file_date.business_date >= $1
    )
ORDER BY intake_file_id;
