-- One chain over all histories. An entry belongs to the anchor that was next when it was written;
-- row_hash is SHA-256 over the discrepancy's row as the entry left it, content_hash over the entry and
-- row_hash, but for the moment at which it was written. Both are empty for entries from before these
-- columns, which belong to the first anchor.
ALTER TABLE discrepancy_event ADD COLUMN anchor BIGINT NOT NULL DEFAULT 1;
ALTER TABLE discrepancy_event ADD COLUMN row_hash TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE discrepancy_event ADD COLUMN content_hash TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX discrepancy_event_by_anchor
ON discrepancy_event (anchor, order_no, discrepancy_id, sequence);

-- The chain's links, one for each report of a business date that had something new: how many entries
-- belong to it, the digest of these, and SHA-256 over that and the hash of the link before. The report's
-- manifest has number and hash.
CREATE TABLE anchor (
    sequence      BIGINT           NOT NULL PRIMARY KEY,
    business_date INTEGER          NOT NULL,
    entry_count   BIGINT           NOT NULL,
    digest        TEXT COLLATE "C" NOT NULL,
    hash          TEXT COLLATE "C" NOT NULL
);

-- What is left of entries that were pruned with their discrepancies: enough for the digest of their anchor.
CREATE TABLE pruned_event (
    order_no       TEXT COLLATE "C" NOT NULL,
    discrepancy_id TEXT COLLATE "C" NOT NULL,
    sequence       INTEGER          NOT NULL,
    anchor         BIGINT           NOT NULL,
    business_date  INTEGER          NOT NULL,
    content_hash   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (order_no, discrepancy_id, sequence, anchor)
);
CREATE INDEX pruned_event_by_anchor
ON pruned_event (anchor, order_no, discrepancy_id, sequence);
