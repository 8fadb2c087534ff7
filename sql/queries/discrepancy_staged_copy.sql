-- Takes the discrepancies of one put as they come, each once.
--
-- Dialects: PostgreSQL
-- Params:   rows in the binary format, in the order of the columns
-- Effect:   one row each
COPY staged_discrepancy FROM STDIN (FORMAT BINARY);
