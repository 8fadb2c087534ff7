-- Takes the orders of one put as they come.
--
-- Dialects: PostgreSQL
-- Params:   rows in the binary format, in the order of the columns
-- Effect:   one row each
COPY staged_order FROM STDIN (FORMAT BINARY);
