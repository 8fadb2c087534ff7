-- Forgets what a file of orders said and other files have overruled: its next import says it anew.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 intake_file_id
-- Effect:   the rows of the file that are overruled
UPDATE merchant_order
SET is_current = 0
WHERE
    is_current = -1
    AND intake_file_id = $1;
