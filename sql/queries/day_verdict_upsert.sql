-- Keeps how far an account could be proved for a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   the columns in their order
-- Effect:   1 row
INSERT INTO day_verdict (
    business_date,
    account,
    verdict,
    coverage,
    reason
)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (business_date, account) DO UPDATE SET
    verdict = excluded.verdict,
    coverage = excluded.coverage,
    reason = excluded.reason;
