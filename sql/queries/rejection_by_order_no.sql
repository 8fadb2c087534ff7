-- The merchant's refused rows (origin 1) that have one of these order numbers, whatever their date.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 the order numbers
-- Rows:     sorted by source and line
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
    order_no = ANY($1)
    AND order_no <> ''
    AND origin = 1
ORDER BY
    source,
    line;
