-- Keeps the sums of a stream on a date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   the columns in their order
-- Effect:   1 row
INSERT INTO day_sum (
    business_date,
    stream_id,
    count,
    amount_minor,
    stated_count,
    stated_minor,
    contract_count,
    contract_minor,
    back_count,
    back_minor,
    told_count,
    unavailable_count,
    unavailable_minor
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);
