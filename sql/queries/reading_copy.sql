-- Takes readings straight into the ledger.
--
-- Dialects: PostgreSQL
-- Params:   rows in the binary format, in the order of the columns
-- Effect:   one row each
COPY reading FROM STDIN (FORMAT BINARY);
