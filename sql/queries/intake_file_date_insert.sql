-- Notes that a file has put rows under a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 intake_file_id, $2 business_date
-- Effect:   1 row, 0 when it was noted before
INSERT INTO intake_file_date (
    intake_file_id,
    business_date
)
VALUES ($1, $2)
ON CONFLICT (intake_file_id, business_date) DO NOTHING;
