-- The shop's orders of one business day, for [orders] database with a postgres:// URL.
--
-- {day_start} and {day_end} are the first moment of the day and the first moment after it, as
-- timestamptz, in a session whose time zone is that of [business_day]: columns with a zone, without
-- one (then it is that zone's), and dates compare rightly. Amounts are NUMERIC or whole fen.
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
