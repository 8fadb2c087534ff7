-- Files with rows, imported on behalf of a business date before what each of them says was kept beside what others
-- say.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 origin
-- Rows:     name, sorted
SELECT name
FROM intake_file
WHERE
    business_date = $1
    AND origin = $2
    AND row_count > rejected_count
    AND is_kept = 0
ORDER BY name;
