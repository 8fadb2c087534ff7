-- Adds one movement as its source says it now.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   the columns in their order, without is_current
-- Effect:   1 row
INSERT INTO movement (
    source,
    import_no,
    sequence,
    is_current,
    account,
    occurred_at,
    kind,
    product,
    settlement_date,
    amount_minor,
    currency,
    name,
    note,
    occurrence,
    reference
)
VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);
