-- Keeps a figure of a balance; one that is already there stays as it is.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   the columns in their order
-- Effect:   1 row, or none
INSERT INTO balance_snapshot (
    account,
    as_of,
    channel,
    part,
    currency,
    amount_minor,
    assurance,
    evidence,
    observed_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (account, as_of, channel, part, currency) DO NOTHING;
