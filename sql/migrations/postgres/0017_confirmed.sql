-- When a provider last answered a question about a pair with what it had said before: the reading keeps
-- when it was said first.
CREATE TABLE confirmed (
    stream_id    BIGINT  NOT NULL,
    order_no     TEXT COLLATE "C" NOT NULL,
    confirmed_at BIGINT  NOT NULL,
    PRIMARY KEY (stream_id, order_no)
);

-- What providers have not said their last word about (status 3: pending).
CREATE INDEX reading_unfinished ON reading (stream_id, business_date)
WHERE is_current = 1 AND status = 3;
