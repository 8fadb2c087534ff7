-- Keeps what came of asking for a balance; what is already there stays as it is.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   the columns in their order
-- Effect:   1 row, or none
INSERT INTO balance_ask (
    account,
    asked_at,
    problem,
    terms,
    evidence
)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account, asked_at) DO NOTHING;
