-- 1: a proved listing no longer has a row that an earlier one had, and the provider has not been asked about
-- the order since: the pair stays until it has been.
ALTER TABLE touched ADD COLUMN is_unlisted INTEGER NOT NULL DEFAULT 0;
