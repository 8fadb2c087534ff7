-- Forgets that the sums of an account's streams on a date have to be added up again.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 account
-- Effect:   the streams that were noted
DELETE FROM stale_sum
WHERE
    business_date = $1
    AND stream_id IN (
        SELECT stream.stream_id
        FROM stream
        WHERE stream.account = $2
    );
