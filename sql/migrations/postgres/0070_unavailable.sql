-- Of a day's money, what the platform itself says is not in the available account yet.
ALTER TABLE day_sum ADD COLUMN unavailable_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE day_sum ADD COLUMN unavailable_minor BIGINT NOT NULL DEFAULT 0;
