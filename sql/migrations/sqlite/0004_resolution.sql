-- SHA-256 over an entry and the hash of the one before it, hexadecimal: a changed entry shows. NULL
-- for entries that are older than this column.
ALTER TABLE discrepancy_event ADD COLUMN hash TEXT;
