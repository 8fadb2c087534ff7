-- Adds a link to the chain over all histories.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 sequence, $2 business_date, $3 entry_count, $4 digest, $5 hash
-- Effect:   1 row
INSERT INTO anchor (
    sequence,
    business_date,
    entry_count,
    digest,
    hash
)
VALUES ($1, $2, $3, $4, $5);
