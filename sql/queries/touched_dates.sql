-- The dates under which the provider's side of touched pairs has, or had, rows.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 stream_id, $2 the order numbers
-- Rows:     business_date, each once
SELECT DISTINCT said.business_date
FROM touched
INNER JOIN reading AS said ON touched.stream_id = said.stream_id AND touched.order_no = said.order_no
WHERE
    touched.stream_id = $1
    AND touched.order_no = ANY($2);
