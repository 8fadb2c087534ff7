-- Marks orders with a date or an amount that cannot be as no longer current.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 first and $2 last business_date, $3 least and $4 greatest amount that can be
-- Effect:   those that were current
UPDATE merchant_order
SET is_current = 0
WHERE
    is_current = 1
    AND (
        business_date NOT BETWEEN $1 AND $2
        OR amount_minor NOT BETWEEN $3 AND $4
        OR coalesce(fee_minor, 0) NOT BETWEEN $3 AND $4
    );
