-- Money of an account that is no order. Only ever added to: what a source says now has the greatest
-- import number of that source, and is_current.
CREATE TABLE movement (
    source          TEXT COLLATE "C" NOT NULL,
    import_no       BIGINT           NOT NULL,
    sequence        BIGINT           NOT NULL,
    is_current      SMALLINT         NOT NULL,
    account         TEXT COLLATE "C" NOT NULL,
    occurred_at     BIGINT           NOT NULL,
    kind            SMALLINT         NOT NULL,
    product         TEXT COLLATE "C" NOT NULL,
    settlement_date INTEGER,
    amount_minor    BIGINT           NOT NULL,
    currency        TEXT COLLATE "C" NOT NULL,
    name            TEXT COLLATE "C" NOT NULL,
    note            TEXT COLLATE "C" NOT NULL,
    occurrence      BIGINT           NOT NULL,
    PRIMARY KEY (source, import_no, sequence)
);
CREATE INDEX movement_by_time ON movement (account, occurred_at);
CREATE INDEX movement_by_settlement ON movement (account, settlement_date)
WHERE settlement_date IS NOT NULL;

-- What an account's provider took, paid and charged on a date, per stream: what settlements are made
-- of. As of the last time that the date was settled.
CREATE TABLE day_sum (
    business_date  INTEGER NOT NULL,
    stream_id      INTEGER NOT NULL,
    count          BIGINT  NOT NULL,
    amount_minor   BIGINT  NOT NULL,
    stated_count   BIGINT  NOT NULL,
    stated_minor   BIGINT  NOT NULL,
    contract_count BIGINT  NOT NULL,
    contract_minor BIGINT  NOT NULL,
    back_count     BIGINT  NOT NULL,
    back_minor     BIGINT  NOT NULL,
    told_count     BIGINT  NOT NULL,
    PRIMARY KEY (business_date, stream_id)
);
