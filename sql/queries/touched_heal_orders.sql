-- Notes as touched the pairs of the orders that merchant_order_heal.sql is about to retire.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 first and $2 last business_date, $3 least and $4 greatest amount that can be
-- Effect:   the pairs that were not noted before
INSERT INTO touched (
    stream_id,
    order_no
)
SELECT DISTINCT
    stream_id,
    order_no
FROM merchant_order
WHERE
    is_current = 1
    AND (
        business_date NOT BETWEEN $1 AND $2
        OR amount_minor NOT BETWEEN $3 AND $4
        OR coalesce(fee_minor, 0) NOT BETWEEN $3 AND $4
    )
ON CONFLICT (stream_id, order_no) DO NOTHING;
