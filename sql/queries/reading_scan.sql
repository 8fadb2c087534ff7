-- A page of a day's current readings with what the scan looks at. Packed as in
-- merchant_order_page.sql.
--
-- Dialects: SQLite
-- Params:   $1 business_date, $2 stream_id, $3 order_no to go on after, $4 rows at most
-- Rows:     1: the rows ascending by order_no, or NULL
SELECT group_concat(packed, '')
FROM (
    SELECT
        octet_length(order_no)
            || ',' || octet_length(provider_order_no)
            || ',' || source
            || ',' || status
            || ',' || ifnull(amount_minor, '')
            || ',' || ifnull(octet_length(currency), '')
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
