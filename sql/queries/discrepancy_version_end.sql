-- Lets what began before a date and holds beyond it end there.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 the date, $2 the date, $3 the date, $4 the order numbers, $5 the discrepancy_ids
-- Effect:   those that did
UPDATE discrepancy_version
SET until_date = $1
WHERE
    version_date < $2
    AND until_date > $3
    AND order_no = ANY($4)
    -- Not a column of the key: two lists in one key are tried each with each.
    AND discrepancy_id || '' = ANY($5);
