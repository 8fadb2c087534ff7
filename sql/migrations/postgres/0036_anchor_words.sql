-- The providers' words of the anchor's business date, so that none can be taken out unseen: how many there were
-- that say something, each once, their digest, and the newest evidence among them. NULL for an anchor from before
-- these columns.
ALTER TABLE anchor ADD COLUMN word_count BIGINT;
ALTER TABLE anchor ADD COLUMN word_digest TEXT;
ALTER TABLE anchor ADD COLUMN word_evidence BIGINT;
