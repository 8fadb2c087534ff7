-- A page of a day's current orders in a range of keys, to be compared with new words about them.
-- Packed into one text, since handing over row by row costs more than reading: whole numbers
-- separated by commas up to a semicolon, an empty one for none, then the texts without separators.
--
-- Dialects: SQLite
-- Params:   $1 business_date, $2 stream_id, $3 order_no, $4 occurrence and $5 version to go on after,
--           $6 last order_no, $7 rows at most
-- Rows:     1: the rows ascending by order_no, occurrence and version, or NULL
SELECT group_concat(packed, '')
FROM (
    SELECT
        octet_length(order_no)
            || ',' || occurrence
            || ',' || version
            || ',' || status
            || ',' || amount_minor
            || ',' || ifnull(fee_minor, '')
            || ',' || ifnull(created_at, '')
            || ',' || ifnull(paid_at, '')
            || ',' || ifnull(octet_length(provider_order_no), '')
            || ',' || ifnull(octet_length(original_order_no), '')
            || ',' || ifnull(octet_length(product), '')
            || ',' || intake_file_id
            || ';' || order_no
            || currency
            || ifnull(provider_order_no, '')
            || ifnull(original_order_no, '')
            || ifnull(product, '') AS packed
    FROM merchant_order
    WHERE
        business_date = $1
        AND stream_id = $2
        AND (order_no, occurrence, version) > ($3, $4, $5)
        AND order_no <= $6
        AND is_current = 1
    ORDER BY order_no, occurrence, version
    LIMIT $7
);
