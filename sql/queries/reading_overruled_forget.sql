-- Forgets what a statement file said and other files have overruled: its next import says it anew.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 interface, $2 account
-- Effect:   the rows of the file that are overruled
UPDATE reading
SET is_current = 0
WHERE
    is_current = -1
    AND interface = $1
    AND stream_id IN (
        SELECT stream_id
        FROM stream
        WHERE account = $2
    );
