-- Forgets the totals of an account's streams on a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 account
-- Effect:   one row per stream and currency that had totals
DELETE FROM day_total
WHERE
    business_date = $1
    AND stream_id IN (
        SELECT stream.stream_id
        FROM stream
        WHERE stream.account = $2
    );
