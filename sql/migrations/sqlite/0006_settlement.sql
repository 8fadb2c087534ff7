-- Money of an account that is no order. Only ever added to: what a source says now has the greatest
-- import number of that source, and is_current.
CREATE TABLE movement (
    source          TEXT    NOT NULL,
    import_no       INTEGER NOT NULL,
    sequence        INTEGER NOT NULL,
    is_current      INTEGER NOT NULL,
    account         TEXT    NOT NULL,
    occurred_at     INTEGER NOT NULL,
    kind            INTEGER NOT NULL,
    product         TEXT    NOT NULL,
    settlement_date INTEGER,
    amount_minor    INTEGER NOT NULL,
    currency        TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    note            TEXT    NOT NULL,
    occurrence      INTEGER NOT NULL,
    PRIMARY KEY (source, import_no, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX movement_by_time ON movement (account, occurred_at);
CREATE INDEX movement_by_settlement ON movement (account, settlement_date)
WHERE settlement_date IS NOT NULL;

-- What an account's provider took, paid and charged on a date, per stream: what settlements are made
-- of. As of the last time that the date was settled.
CREATE TABLE day_sum (
    business_date  INTEGER NOT NULL,
    stream_id      INTEGER NOT NULL,
    count          INTEGER NOT NULL,
    amount_minor   INTEGER NOT NULL,
    stated_count   INTEGER NOT NULL,
    stated_minor   INTEGER NOT NULL,
    contract_count INTEGER NOT NULL,
    contract_minor INTEGER NOT NULL,
    back_count     INTEGER NOT NULL,
    back_minor     INTEGER NOT NULL,
    told_count     INTEGER NOT NULL,
    PRIMARY KEY (business_date, stream_id)
) STRICT, WITHOUT ROWID;
