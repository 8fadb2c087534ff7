-- The way of paying: of an order the shop's own word, where its platform has no products that the job knows;
-- of a reading the platform's word. NULL where nothing says so.
ALTER TABLE merchant_order ADD COLUMN product TEXT COLLATE "C";
ALTER TABLE reading ADD COLUMN way TEXT COLLATE "C";
