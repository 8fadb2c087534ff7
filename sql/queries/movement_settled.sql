-- The settlements of an account from a settlement date on, as far as they happened before a moment.
-- The same settlement in two sources is one.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 account, $2 first settlement date, $3 the moment before which they happened
-- Rows:     ascending by time, kind, product, settlement date, amount, name and occurrence
SELECT
    occurred_at,
    kind,
    product,
    settlement_date,
    amount_minor,
    currency,
    name,
    max(note) AS note,
    max(reference) AS reference
FROM movement
WHERE
    account = $1
    AND settlement_date >= $2
    AND occurred_at < $3
    AND is_current = 1
GROUP BY
    occurred_at,
    kind,
    product,
    settlement_date,
    amount_minor,
    currency,
    name,
    occurrence
ORDER BY
    occurred_at,
    kind,
    product,
    settlement_date,
    amount_minor,
    currency,
    name,
    occurrence;
