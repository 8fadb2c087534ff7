-- Adds a link to the chain over all histories.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 sequence, $2 business_date, $3 entry_count, $4 digest, $5 hash, $6 word_count,
--           $7 word_digest, $8 word_evidence
-- Effect:   1 row
INSERT INTO anchor (
    sequence,
    business_date,
    entry_count,
    digest,
    hash,
    word_count,
    word_digest,
    word_evidence
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);
