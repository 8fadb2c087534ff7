-- Dates and streams of which something has changed since their sums (day_sum) were added up.
CREATE TABLE stale_sum (
    business_date INTEGER NOT NULL,
    stream_id     INTEGER NOT NULL,
    PRIMARY KEY (business_date, stream_id)
);
