-- The shop's orders of one business day, for [orders] database with a sqlite:// URL.
--
-- {day_start} and {day_end} are the first moment of the day and the first moment after it, as text
-- `yyyy-MM-dd HH:mm:ss` in the time zone of [business_day]: columns with text in that form compare
-- rightly. Amounts are whole fen (amount_unit = "fen") or text: a column declared DECIMAL or REAL
-- holds binary fractions in SQLite and is refused; write printf('%.2f', amount) AS amount if it has to
-- be one.
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
