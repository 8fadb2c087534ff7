-- Makes room for the orders of one put, until the end of the transaction.
--
-- Dialects: PostgreSQL
-- Effect:   an empty table staged_order
CREATE TEMPORARY TABLE staged_order (LIKE merchant_order) ON COMMIT DROP;
