-- Of a settlement the number by which the bank may name it, of a row of a bank's statement the bank's own
-- number.
ALTER TABLE movement ADD COLUMN reference TEXT COLLATE "C" NOT NULL DEFAULT '';
