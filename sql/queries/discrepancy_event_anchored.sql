-- A page of the entries of all histories, pruned ones too, by anchor. Of one from before there were
-- content hashes, the hash of its history stands for it.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   $1 anchor, $2 order_no, $3 discrepancy_id, $4 sequence of the last entry of the page before;
--           $5 how many at most
-- Rows:     sorted by anchor, order number, id and sequence
SELECT
    anchor,
    order_no,
    discrepancy_id,
    sequence,
    business_date,
    CASE WHEN content_hash = '' THEN coalesce(hash, '') ELSE content_hash END AS content_hash,
    0 AS is_pruned
FROM discrepancy_event
WHERE (anchor, order_no, discrepancy_id, sequence) > ($1, $2, $3, $4)
UNION ALL
SELECT
    anchor,
    order_no,
    discrepancy_id,
    sequence,
    business_date,
    content_hash,
    1 AS is_pruned
FROM pruned_event
WHERE (anchor, order_no, discrepancy_id, sequence) > ($1, $2, $3, $4)
ORDER BY
    anchor,
    order_no,
    discrepancy_id,
    sequence
LIMIT $5;
