-- Makes room for the readings of one put on a ledger of several machines, where a temporary table is no partner of
-- one that is split: the table is there, and has what the put before left.
--
-- Dialects: PostgreSQL
-- Effect:   staged_reading is empty
DELETE FROM staged_reading;
