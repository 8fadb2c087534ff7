-- In which part of the split tables each of some order numbers lives: the parts' numbers are told apart, and
-- nothing else. All split tables are split alike.
--
-- Dialects: Citus
-- Params:   $1 the order numbers
-- Rows:     part, one for each order number in the list's order; none where tables are not split
SELECT width_bucket(worker_hash(asked.order_no), split.least) AS part
FROM unnest($1::TEXT []) WITH ORDINALITY AS asked (order_no, place)
CROSS JOIN (
    SELECT array_agg(shardminvalue::INTEGER ORDER BY shardminvalue::INTEGER) AS least
    FROM pg_dist_shard
    WHERE logicalrelid = to_regclass('reading')
) AS split
WHERE split.least IS NOT NULL
ORDER BY asked.place;
