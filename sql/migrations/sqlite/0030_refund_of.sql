-- Of a refund in a bill: the payment that it gives back, by the merchant's number; NULL where nothing says so.
ALTER TABLE reading ADD COLUMN original_order_no TEXT;
CREATE INDEX reading_original ON reading (original_order_no) WHERE original_order_no IS NOT NULL;
