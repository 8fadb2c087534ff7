-- Marks the readings of one source, of one stream and day and after an order number, as no longer current.
--
-- Dialects: SQLite
-- Params:   $1 business_date, $2 stream_id, $3 order_no, $4 source, $5 the only interface or NULL
-- Effect:   the rows that were current
UPDATE reading
SET is_current = 0
WHERE
    business_date = $1
    AND stream_id = $2
    AND order_no > $3
    AND source = $4
    AND ($5 IS NULL OR interface = $5)
    AND is_current = 1;
