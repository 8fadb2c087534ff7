-- What of a refused row can be read, and whose row it is; and whose rows a file holds.
ALTER TABLE rejection ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rejection ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE rejection ADD COLUMN kind INTEGER;
ALTER TABLE rejection ADD COLUMN product TEXT NOT NULL DEFAULT '';
ALTER TABLE rejection ADD COLUMN amount_minor INTEGER;
ALTER TABLE rejection ADD COLUMN currency TEXT NOT NULL DEFAULT '';
ALTER TABLE rejection ADD COLUMN order_date INTEGER;
CREATE INDEX rejection_by_order_no ON rejection (order_no) WHERE order_no <> '';
CREATE INDEX rejection_by_order_date ON rejection (order_date) WHERE order_date IS NOT NULL;
ALTER TABLE intake_file ADD COLUMN origin INTEGER NOT NULL DEFAULT 0;
