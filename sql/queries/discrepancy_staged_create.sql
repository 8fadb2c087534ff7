-- Makes room for the discrepancies of one put, until the end of the transaction.
--
-- Dialects: PostgreSQL
-- Effect:   an empty table staged_discrepancy
CREATE TEMPORARY TABLE staged_discrepancy (LIKE discrepancy) ON COMMIT DROP;
