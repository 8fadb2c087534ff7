-- Which reading stated the amount, where the deciding one states none: its source (numbered as in
-- reading) and interface; NULL where it does, or none of them.
ALTER TABLE discrepancy ADD COLUMN amount_source SMALLINT;
ALTER TABLE discrepancy ADD COLUMN amount_interface TEXT;
ALTER TABLE discrepancy_version ADD COLUMN amount_source SMALLINT;
ALTER TABLE discrepancy_version ADD COLUMN amount_interface TEXT;
