-- When the provider last answered about the pair, where it could not be asked again in the night; NULL
-- where it was.
ALTER TABLE discrepancy ADD COLUMN answered_on INTEGER;
ALTER TABLE discrepancy_version ADD COLUMN answered_on INTEGER;
