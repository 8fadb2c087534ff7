-- A day's current readings of a stream with what its money is added up by; `is_apart` 1 where a fee was taken out
-- of the amount or its settlement is called under way.
--
-- Dialects: SQLite
-- Params:   $1 stream_id, $2 business_date
-- Rows:     ascending by order_no
SELECT
    order_no,
    source,
    version,
    status,
    amount_minor,
    currency,
    fee_minor,
    paid_at,
    provider_order_no,
    CASE
        WHEN withheld_minor IS NOT NULL OR status_code LIKE '%settlement=in_transit%' THEN 1
        ELSE 0
    END AS is_apart
FROM reading
WHERE
    business_date = $2
    AND stream_id = $1
    AND is_current = 1
ORDER BY order_no;
