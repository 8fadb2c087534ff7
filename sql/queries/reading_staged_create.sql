-- Makes room for the readings of one put, until the end of the transaction.
--
-- Dialects: PostgreSQL
-- Effect:   an empty table staged_reading
CREATE TEMPORARY TABLE staged_reading (LIKE reading) ON COMMIT DROP;
