-- The links of the chain over all histories.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     ascending by sequence
SELECT
    sequence,
    business_date,
    entry_count,
    digest,
    hash,
    word_count,
    word_digest,
    word_evidence
FROM anchor
ORDER BY sequence;
