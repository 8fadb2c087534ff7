-- Adds entries to the histories of discrepancies.
--
-- Dialects: PostgreSQL
-- Params:   rows in the binary format, in the order of the columns
-- Effect:   one row each
COPY discrepancy_event FROM STDIN (FORMAT BINARY);
