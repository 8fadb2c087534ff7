-- When the current orders of a stream on a day were counted as paid.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 business_date, $2 stream_id, $3 the status that counts
-- Rows:     ascending
SELECT paid_at
FROM merchant_order
WHERE
    business_date = $1
    AND stream_id = $2
    AND status = $3
    AND is_current = 1
    AND paid_at IS NOT NULL
ORDER BY paid_at;
