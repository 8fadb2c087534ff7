-- The links of the chain over all histories.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     ascending by sequence
SELECT
    sequence,
    business_date,
    entry_count,
    digest,
    hash
FROM anchor
ORDER BY sequence;
