-- What an account held at the moments of a span.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 account, $2 first moment, $3 the moment before which it ends
-- Rows:     ascending by as_of, channel, part and currency
SELECT
    account,
    as_of,
    channel,
    part,
    currency,
    amount_minor,
    assurance,
    evidence,
    observed_at
FROM balance_snapshot
WHERE
    account = $1
    AND as_of >= $2
    AND as_of < $3
ORDER BY
    as_of,
    channel,
    part,
    currency;
