-- What of the amount of a transaction did not reach the payee because the fee was taken out of it; NULL
-- where nothing says so.
ALTER TABLE reading ADD COLUMN withheld_minor BIGINT;
