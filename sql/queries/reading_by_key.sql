-- Every word, current or not, of the readings of a stream with these order numbers.
--
-- Dialects: SQLite
-- Params:   stream_id, then the order numbers
-- Repeats:  the order number
-- Rows:     in no particular order
SELECT
    business_date,
    stream_id,
    order_no,
    source,
    provider_order_no,
    occurrence,
    version,
    is_current,
    status,
    status_code,
    amount_minor,
    currency,
    fee_minor,
    paid_at,
    interface,
    assurance,
    evidence,
    observed_at,
    withheld_minor,
    original_order_no,
    way
FROM reading
WHERE
    stream_id = ?
    AND order_no IN (/*each*/ ? /*each*/);
