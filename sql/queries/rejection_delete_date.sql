-- Forgets the rows that were refused under a name for a business date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 batch, $2 business_date
-- Effect:   the rows of that name and date
DELETE FROM rejection
WHERE
    batch = $1
    AND business_date = $2;
