-- Removes the rows that begin from one date to before another.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 from this date, $2 to before that one, $3 the order numbers, $4 the discrepancy_ids
-- Effect:   those that were there
DELETE FROM discrepancy_version
WHERE
    version_date >= $1
    AND version_date < $2
    AND order_no = ANY($3)
    -- Not a column of the key: two lists in one key are tried each with each.
    AND discrepancy_id || '' = ANY($4);
