-- Takes the readings of one put as they come.
--
-- Dialects: PostgreSQL
-- Params:   rows in the binary format, in the order of the columns
-- Effect:   one row each
COPY staged_reading FROM STDIN (FORMAT BINARY);
