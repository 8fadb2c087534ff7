-- A page of a day's current readings with what the scan looks at. Packed as in
-- merchant_order_page.sql; the first number holds, from its end, the source in one digit, the status
-- in two, the length of provider_order_no in six, and that of order_no: each number by itself costs as
-- much as its text. A currency stands, with its three letters, where an amount does.
--
-- Dialects: SQLite
-- Params:   $1 business_date, $2 stream_id, $3 order_no to go on after, $4 rows at most
-- Rows:     1: the rows ascending by order_no, or NULL
SELECT group_concat(packed, '')
FROM (
    SELECT
        (
            octet_length(order_no) * 1000000000
            + octet_length(provider_order_no) * 1000
            + status * 10
            + source
        )
            || ',' || ifnull(amount_minor, '')
            || ',' || ifnull(fee_minor, '')
            || ';' || order_no
            || provider_order_no
            || ifnull(currency, '') AS packed
    FROM reading
    WHERE
        business_date = $1
        AND stream_id = $2
        AND order_no > $3
        AND is_current = 1
    ORDER BY order_no
    LIMIT $4
);
