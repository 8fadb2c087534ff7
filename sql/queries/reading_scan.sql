-- A page of a day's current readings with what the scan looks at. Packed as in
-- merchant_order_page.sql.
--
-- Dialects: SQLite
-- Params:   $1 business_date, $2 stream_id, $3 order_no, $4 source, $5 provider_order_no,
--           $6 occurrence and $7 version to go on after, $8 rows at most
-- Rows:     1: the rows ascending by the primary key, or NULL
SELECT group_concat(packed, '')
FROM (
    SELECT
        octet_length(order_no)
            || ',' || source
            || ',' || octet_length(provider_order_no)
            || ',' || occurrence
            || ',' || version
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
        AND (order_no, source, provider_order_no, occurrence, version) > ($3, $4, $5, $6, $7)
        AND is_current = 1
    ORDER BY order_no, source, provider_order_no, occurrence, version
    LIMIT $8
);
