-- A page of a day's current readings of one source in a range of keys, to be compared with new ones.
-- Packed as in merchant_order_page.sql.
--
-- Dialects: SQLite
-- Params:   $1 business_date, $2 stream_id, $3 order_no, $4 source, $5 provider_order_no,
--           $6 occurrence and $7 version to go on after, $8 last order_no, $9 rows at most,
--           $10 source
-- Rows:     1: the rows ascending by order_no, provider_order_no, occurrence and version, or NULL
SELECT group_concat(packed, '')
FROM (
    SELECT
        octet_length(order_no)
            || ',' || octet_length(provider_order_no)
            || ',' || source
            || ',' || occurrence
            || ',' || version
            || ',' || status
            || ',' || ifnull(octet_length(status_code), '')
            || ',' || ifnull(amount_minor, '')
            || ',' || ifnull(octet_length(currency), '')
            || ',' || ifnull(fee_minor, '')
            || ',' || ifnull(paid_at, '')
            || ',' || ifnull(octet_length(interface), '')
            || ',' || ifnull(octet_length(original_order_no), '')
            || ',' || ifnull(octet_length(way), '')
            || ',' || ifnull(withheld_minor, '')
            || ',' || assurance
            || ';' || order_no
            || provider_order_no
            || ifnull(status_code, '')
            || ifnull(currency, '')
            || ifnull(interface, '')
            || ifnull(original_order_no, '')
            || ifnull(way, '') AS packed
    FROM reading
    WHERE
        business_date = $1
        AND stream_id = $2
        AND (order_no, source, provider_order_no, occurrence, version) > ($3, $4, $5, $6, $7)
        AND order_no <= $8
        AND +source = $10
        AND is_current = 1
    ORDER BY order_no, source, provider_order_no, occurrence, version
    LIMIT $9
);
