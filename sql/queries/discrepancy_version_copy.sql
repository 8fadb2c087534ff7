-- Adds rows of what discrepancies are from a date on.
--
-- Dialects: PostgreSQL
-- Params:   rows in the binary format, in the order of the columns
-- Effect:   one row each
COPY discrepancy_version FROM STDIN (FORMAT BINARY);
