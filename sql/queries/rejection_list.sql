-- Rows refused on behalf of a business date, and rows that belong to it by their own date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date
-- Rows:     sorted by source, line, column and value
SELECT
    source,
    line,
    column_name,
    value,
    reason,
    order_no,
    origin,
    account,
    kind,
    product,
    amount_minor,
    currency,
    order_date
FROM rejection
WHERE
    business_date = $1
    OR order_date = $1
ORDER BY
    source,
    line,
    column_name,
    value,
    reason,
    order_no;
