-- The part of a business date of which a statement file is the whole, where its days are not business days: from
-- and until, seconds since 1970. NULL: the beginning, or the end, of the date itself.
ALTER TABLE statement_day ADD COLUMN from_at INTEGER;
ALTER TABLE statement_day ADD COLUMN until_at INTEGER;
