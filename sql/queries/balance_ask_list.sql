-- When an account was asked for its balance in a span, and what came of it.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 account, $2 first moment, $3 the moment before which it ends
-- Rows:     ascending by asked_at
SELECT
    account,
    asked_at,
    problem,
    terms,
    evidence
FROM balance_ask
WHERE
    account = $1
    AND asked_at >= $2
    AND asked_at < $3
ORDER BY asked_at;
