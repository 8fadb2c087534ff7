-- Adds a stream; the number is given by the one who holds the write transaction.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 account, $3 kind, $4 product
-- Effect:   1 row
INSERT INTO stream (
    stream_id,
    account,
    kind,
    product
)
VALUES ($1, $2, $3, $4);
