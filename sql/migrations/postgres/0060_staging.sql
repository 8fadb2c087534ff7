-- What one put brings, before it is compared with what is known, on a ledger of several machines: a temporary table
-- is on the first machine only, and cannot be compared with one that is split. Each has the columns of the table
-- that it stands before, and is emptied by the next put. On one machine a temporary table of the same name is used.
CREATE UNLOGGED TABLE staged_order (LIKE merchant_order);
CREATE UNLOGGED TABLE staged_reading (LIKE reading);
CREATE UNLOGGED TABLE staged_discrepancy (LIKE discrepancy);
