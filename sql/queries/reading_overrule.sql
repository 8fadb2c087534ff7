-- Marks readings as overruled: their files say them still, and another one counts.
--
-- Dialects: SQLite
-- Params:   per row: business_date, stream_id, order_no, source, provider_order_no, occurrence, version
-- Repeats:  the row
-- Effect:   one row each
UPDATE reading
SET is_current = -1
FROM (
    VALUES /*each*/ (?, ?, ?, ?, ?, ?, ?) /*each*/
) AS gone
WHERE
    reading.business_date = gone.column1
    AND reading.stream_id = gone.column2
    AND reading.order_no = gone.column3
    AND reading.source = gone.column4
    AND reading.provider_order_no = gone.column5
    AND reading.occurrence = gone.column6
    AND reading.version = gone.column7;
