-- Of a day's money, what the platform itself says is not in the available account yet.
ALTER TABLE day_sum ADD COLUMN unavailable_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE day_sum ADD COLUMN unavailable_minor INTEGER NOT NULL DEFAULT 0;
