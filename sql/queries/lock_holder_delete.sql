-- Forgets who had the lock.
--
-- Dialects: PostgreSQL
-- Effect:   at most 1 row
DELETE FROM lock_holder
WHERE lock_id = 1;
