-- Lets what began before a date and holds beyond it end there.
--
-- Dialects: SQLite
-- Params:   the date, the date, the date, then the order numbers, the discrepancy_ids
-- Repeats:  the order number and the discrepancy_id
-- Effect:   those that did
UPDATE discrepancy_version
SET until_date = ?
WHERE
    version_date < ?
    AND until_date > ?
    AND order_no IN (/*each*/ ? /*each*/)
    AND discrepancy_id IN (/*each*/ ? /*each*/);
