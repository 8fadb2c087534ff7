-- Money of different currencies is never added: what a day came to has a row for each.
ALTER TABLE day_total ADD COLUMN currency TEXT COLLATE "C" NOT NULL DEFAULT 'CNY';
ALTER TABLE day_total DROP CONSTRAINT day_total_pkey;
ALTER TABLE day_total ADD PRIMARY KEY (business_date, stream_id, currency);

ALTER TABLE day_sum ADD COLUMN currency TEXT COLLATE "C" NOT NULL DEFAULT 'CNY';
ALTER TABLE day_sum DROP CONSTRAINT day_sum_pkey;
ALTER TABLE day_sum ADD PRIMARY KEY (business_date, stream_id, currency);

ALTER TABLE day_pattern ADD COLUMN currency TEXT COLLATE "C" NOT NULL DEFAULT 'CNY';
