-- The shop's orders of one business day, for [orders] database with a mysql:// (or mariadb://) URL.
--
-- {day_start} and {day_end} are the first moment of the day and the first moment after it, as DATETIME
-- in the time zone of [business_day], which the session has too: DATETIME and TIMESTAMP columns
-- compare rightly. Amounts are DECIMAL or whole fen, never FLOAT or DOUBLE.
-- ORDER BY keeps the lines of rejected rows the same from one run to the next.
SELECT
    account,
    kind,
    product,
    order_no,
    provider_order_no,
    original_order_no,
    amount,
    currency,
    status,
    created_at,
    paid_at,
    fee
FROM shop_order
WHERE
    coalesce(paid_at, created_at) >= {day_start}
    AND coalesce(paid_at, created_at) < {day_end}
ORDER BY order_no;
