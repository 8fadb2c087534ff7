-- Marks readings as no longer current.
--
-- Dialects: PostgreSQL
-- Params:   lists of equal length: $1 business_date, $2 stream_id, $3 order_no, $4 source,
--           $5 provider_order_no, $6 occurrence, $7 version
-- Effect:   one row each
UPDATE reading
SET is_current = 0
FROM unnest($1::BIGINT [], $2::BIGINT [], $3::TEXT [], $4::BIGINT [], $5::TEXT [], $6::BIGINT [], $7::BIGINT []) AS gone (
    business_date, stream_id, order_no, source, provider_order_no, occurrence, version
)
WHERE
    reading.business_date = gone.business_date
    AND reading.stream_id = gone.stream_id
    AND reading.order_no = gone.order_no
    AND reading.source = gone.source
    AND reading.provider_order_no = gone.provider_order_no
    AND reading.occurrence = gone.occurrence
    AND reading.version = gone.version;
