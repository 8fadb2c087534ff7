-- Removes the rows that begin from one date to before another.
--
-- Dialects: SQLite
-- Params:   from this date, to before that one, then the order numbers, the discrepancy_ids
-- Repeats:  the order number and the discrepancy_id
-- Effect:   those that were there
DELETE FROM discrepancy_version
WHERE
    version_date >= ?
    AND version_date < ?
    AND order_no IN (/*each*/ ? /*each*/)
    AND discrepancy_id IN (/*each*/ ? /*each*/);
