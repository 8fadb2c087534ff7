-- The ledger's tables.
--
-- Dates are numbers yyyymmdd, times are seconds since 1970 UTC, closed lists are the numbers of the
-- enums, money is fen plus a currency. A text that says nothing is NULL where the column allows it.
-- Every key of a table that has order_no contains it bare, so that the same schema can be
-- distributed by order_no.

-- Reference: one small number for what one account does of one kind (and product).
CREATE TABLE stream (
    stream_id INTEGER NOT NULL PRIMARY KEY,
    account   TEXT    NOT NULL,
    kind      INTEGER NOT NULL,
    product   TEXT    NOT NULL,
    UNIQUE (account, kind, product)
) STRICT;

-- One row per name under which a file was imported: the last import.
CREATE TABLE intake_file (
    intake_file_id INTEGER NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL UNIQUE,
    digest         TEXT    NOT NULL,
    business_date  INTEGER NOT NULL,
    row_count      INTEGER NOT NULL,
    rejected_count INTEGER NOT NULL,
    encoding       TEXT    NOT NULL,
    imported_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX intake_file_by_date ON intake_file (business_date);

-- The dates under which a file has put orders: where its next import looks for what it no longer has.
CREATE TABLE intake_file_date (
    intake_file_id INTEGER NOT NULL,
    business_date  INTEGER NOT NULL,
    PRIMARY KEY (intake_file_id, business_date)
) STRICT, WITHOUT ROWID;

-- Every word of the merchant, clustered by day; the last one about an order is current.
CREATE TABLE merchant_order (
    business_date     INTEGER NOT NULL,
    stream_id         INTEGER NOT NULL,
    order_no          TEXT    NOT NULL,
    occurrence        INTEGER NOT NULL,
    version           INTEGER NOT NULL,
    is_current        INTEGER NOT NULL,
    status            INTEGER NOT NULL,
    amount_minor      INTEGER NOT NULL,
    currency          TEXT    NOT NULL,
    fee_minor         INTEGER,
    created_at        INTEGER,
    paid_at           INTEGER,
    provider_order_no TEXT,
    original_order_no TEXT,
    line              INTEGER NOT NULL,
    intake_file_id    INTEGER NOT NULL,
    PRIMARY KEY (business_date, stream_id, order_no, occurrence, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX merchant_order_by_order_no ON merchant_order (stream_id, order_no);
CREATE INDEX merchant_order_by_original ON merchant_order (original_order_no)
WHERE original_order_no IS NOT NULL;

-- Every word of the providers, clustered by day; the last one of its kind about an order is current.
CREATE TABLE reading (
    business_date     INTEGER NOT NULL,
    stream_id         INTEGER NOT NULL,
    order_no          TEXT    NOT NULL,
    source            INTEGER NOT NULL,
    provider_order_no TEXT    NOT NULL,
    occurrence        INTEGER NOT NULL,
    version           INTEGER NOT NULL,
    is_current        INTEGER NOT NULL,
    status            INTEGER NOT NULL,
    status_code       TEXT,
    amount_minor      INTEGER,
    currency          TEXT,
    fee_minor         INTEGER,
    paid_at           INTEGER,
    interface         TEXT,
    assurance         INTEGER NOT NULL,
    evidence          INTEGER NOT NULL,
    observed_at       INTEGER NOT NULL,
    PRIMARY KEY (
        business_date, stream_id, order_no, source, provider_order_no, occurrence, version
    )
) STRICT, WITHOUT ROWID;
CREATE INDEX reading_by_order_no ON reading (stream_id, order_no);

-- Pairs that a word of another date has changed since they were last judged.
CREATE TABLE touched (
    stream_id INTEGER NOT NULL,
    order_no  TEXT    NOT NULL,
    PRIMARY KEY (stream_id, order_no)
) STRICT, WITHOUT ROWID;

-- Pairs of which one side has, or once had, current rows under several dates: a day by itself does
-- not show the whole of them.
CREATE TABLE spread (
    stream_id INTEGER NOT NULL,
    order_no  TEXT    NOT NULL,
    PRIMARY KEY (stream_id, order_no)
) STRICT, WITHOUT ROWID;

-- Rows that could not be read. `batch` is the name under which they are replaced.
CREATE TABLE rejection (
    batch         TEXT    NOT NULL,
    business_date INTEGER NOT NULL,
    sequence      INTEGER NOT NULL,
    source        TEXT    NOT NULL,
    line          INTEGER NOT NULL,
    column_name   TEXT    NOT NULL,
    value         TEXT    NOT NULL,
    reason        INTEGER NOT NULL,
    order_no      TEXT    NOT NULL,
    PRIMARY KEY (batch, business_date, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX rejection_by_date ON rejection (business_date);

-- Disagreements as they are now; what they were is in discrepancy_event.
CREATE TABLE discrepancy (
    order_no              TEXT    NOT NULL,
    discrepancy_id        TEXT    NOT NULL,
    stream_id             INTEGER NOT NULL,
    type                  INTEGER NOT NULL,
    business_date         INTEGER NOT NULL,
    first_seen            INTEGER NOT NULL,
    timing_until          INTEGER,
    state                 INTEGER NOT NULL,
    closed_on             INTEGER,
    difference_minor      INTEGER NOT NULL,
    provider_order_no     TEXT    NOT NULL,
    original_order_no     TEXT    NOT NULL,
    currency              TEXT    NOT NULL,
    merchant_amount_minor INTEGER,
    provider_amount_minor INTEGER,
    merchant_fee_minor    INTEGER,
    provider_fee_minor    INTEGER,
    merchant_status       INTEGER,
    provider_status       INTEGER NOT NULL,
    merchant_time         INTEGER,
    provider_time         INTEGER,
    source                INTEGER,
    interface             TEXT    NOT NULL,
    assurance             INTEGER NOT NULL,
    status_code           TEXT    NOT NULL,
    amount_assumed        INTEGER NOT NULL,
    time_assumed          INTEGER NOT NULL,
    resolution            TEXT    NOT NULL,
    resolved_by           TEXT    NOT NULL,
    resolution_note       TEXT    NOT NULL,
    PRIMARY KEY (order_no, discrepancy_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX discrepancy_by_id ON discrepancy (discrepancy_id);
CREATE INDEX discrepancy_by_closed_on ON discrepancy (closed_on);
CREATE INDEX discrepancy_by_date ON discrepancy (business_date);
CREATE INDEX discrepancy_open ON discrepancy (stream_id, order_no)
WHERE state <= 3;

-- What happened to a discrepancy; only ever added to.
CREATE TABLE discrepancy_event (
    order_no       TEXT    NOT NULL,
    discrepancy_id TEXT    NOT NULL,
    sequence       INTEGER NOT NULL,
    business_date  INTEGER NOT NULL,
    event          TEXT    NOT NULL,
    person         TEXT    NOT NULL,
    note           TEXT    NOT NULL,
    occurred_at    INTEGER NOT NULL,
    PRIMARY KEY (order_no, discrepancy_id, sequence)
) STRICT, WITHOUT ROWID;

-- What pulling an account for a date came to. Lists are one item a line.
CREATE TABLE account_pull (
    business_date  INTEGER NOT NULL,
    account        TEXT    NOT NULL,
    coverage       INTEGER NOT NULL,
    listed         TEXT    NOT NULL,
    unlisted       TEXT    NOT NULL,
    listed_rows    INTEGER NOT NULL,
    asked          INTEGER NOT NULL,
    answered       INTEGER NOT NULL,
    unproved       INTEGER NOT NULL,
    day_unfinished INTEGER NOT NULL,
    problem        TEXT    NOT NULL,
    PRIMARY KEY (business_date, account)
) STRICT, WITHOUT ROWID;

-- Counts and sums of both sides, per stream and date.
CREATE TABLE day_total (
    business_date     INTEGER NOT NULL,
    stream_id         INTEGER NOT NULL,
    merchant_count    INTEGER NOT NULL,
    merchant_minor    INTEGER NOT NULL,
    provider_count    INTEGER NOT NULL,
    provider_minor    INTEGER NOT NULL,
    status_only_count INTEGER NOT NULL,
    PRIMARY KEY (business_date, stream_id)
) STRICT, WITHOUT ROWID;

-- How far an account could be proved for a date.
CREATE TABLE day_verdict (
    business_date INTEGER NOT NULL,
    account       TEXT    NOT NULL,
    verdict       INTEGER NOT NULL,
    coverage      INTEGER NOT NULL,
    reason        TEXT    NOT NULL,
    PRIMARY KEY (business_date, account)
) STRICT, WITHOUT ROWID;

-- The last attempt of a job for a date.
CREATE TABLE run (
    business_date INTEGER NOT NULL,
    job           TEXT    NOT NULL,
    started_at    INTEGER NOT NULL,
    finished_at   INTEGER,
    exit_code     INTEGER,
    PRIMARY KEY (business_date, job)
) STRICT, WITHOUT ROWID;
