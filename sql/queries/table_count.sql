-- Rows per table.
--
-- Dialects: SQLite, PostgreSQL
-- Rows:     position, name, row_count, in the schema's order
SELECT
    1 AS position,
    'stream' AS name,
    count(*) AS row_count
FROM stream
UNION ALL
SELECT 2, 'intake_file', count(*)
FROM intake_file
UNION ALL
SELECT 3, 'intake_file_date', count(*)
FROM intake_file_date
UNION ALL
SELECT 4, 'merchant_order', count(*)
FROM merchant_order
UNION ALL
SELECT 5, 'reading', count(*)
FROM reading
UNION ALL
SELECT 6, 'touched', count(*)
FROM touched
UNION ALL
SELECT 7, 'spread', count(*)
FROM spread
UNION ALL
SELECT 8, 'rejection', count(*)
FROM rejection
UNION ALL
SELECT 9, 'discrepancy', count(*)
FROM discrepancy
UNION ALL
SELECT 10, 'discrepancy_event', count(*)
FROM discrepancy_event
UNION ALL
SELECT 11, 'account_pull', count(*)
FROM account_pull
UNION ALL
SELECT 12, 'day_total', count(*)
FROM day_total
UNION ALL
SELECT 13, 'day_verdict', count(*)
FROM day_verdict
UNION ALL
SELECT 14, 'run', count(*)
FROM run
UNION ALL
SELECT 15, 'balance_snapshot', count(*)
FROM balance_snapshot
UNION ALL
SELECT 16, 'day_pattern', count(*)
FROM day_pattern
UNION ALL
SELECT 17, 'firing', count(*)
FROM firing
UNION ALL
SELECT 18, 'movement', count(*)
FROM movement
UNION ALL
SELECT 19, 'day_sum', count(*)
FROM day_sum
UNION ALL
SELECT 20, 'discrepancy_version', count(*)
FROM discrepancy_version
UNION ALL
SELECT 21, 'listed_day', count(*)
FROM listed_day
UNION ALL
SELECT 22, 'day_settled', count(*)
FROM day_settled
UNION ALL
SELECT 23, 'statement_day', count(*)
FROM statement_day
UNION ALL
SELECT 24, 'confirmed', count(*)
FROM confirmed
UNION ALL
SELECT 25, 'stale_sum', count(*)
FROM stale_sum
UNION ALL
SELECT 26, 'identity', count(*)
FROM identity
UNION ALL
SELECT 27, 'balance_ask', count(*)
FROM balance_ask
UNION ALL
SELECT 28, 'anchor', count(*)
FROM anchor
UNION ALL
SELECT 29, 'pruned_event', count(*)
FROM pruned_event
ORDER BY position;
