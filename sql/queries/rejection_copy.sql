-- Keeps refused rows.
--
-- Dialects: PostgreSQL
-- Params:   rows in the binary format, in the order of the columns
-- Effect:   one row each
COPY rejection FROM STDIN (FORMAT BINARY);
