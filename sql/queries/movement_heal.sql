-- Marks movements with a time or an amount that cannot be as no longer current.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 first and $2 last moment, $3 first and $4 last date, $5 least and $6 greatest amount
--           that can be
-- Effect:   those that were current
UPDATE movement
SET is_current = 0
WHERE
    is_current = 1
    AND (
        occurred_at NOT BETWEEN $1 AND $2
        OR coalesce(settlement_date, $3) NOT BETWEEN $3 AND $4
        OR amount_minor NOT BETWEEN $5 AND $6
    );
