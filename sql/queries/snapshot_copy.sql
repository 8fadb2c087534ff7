-- Writes the whole ledger, as it is at one moment, into a new file.
--
-- Dialects: SQLite
-- Params:   $1 the file, which must not be there
-- Effect:   none in this ledger
VACUUM INTO $1;
