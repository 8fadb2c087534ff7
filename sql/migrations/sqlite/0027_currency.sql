-- Money of different currencies is never added: what a day came to has a row for each.
CREATE TABLE day_total_of_currency (
    business_date     INTEGER NOT NULL,
    stream_id         INTEGER NOT NULL,
    merchant_count    INTEGER NOT NULL,
    merchant_minor    INTEGER NOT NULL,
    provider_count    INTEGER NOT NULL,
    provider_minor    INTEGER NOT NULL,
    status_only_count INTEGER NOT NULL,
    currency          TEXT    NOT NULL DEFAULT 'CNY',
    PRIMARY KEY (business_date, stream_id, currency)
) STRICT, WITHOUT ROWID;
INSERT INTO day_total_of_currency (
    business_date,
    stream_id,
    merchant_count,
    merchant_minor,
    provider_count,
    provider_minor,
    status_only_count
)
SELECT
    business_date,
    stream_id,
    merchant_count,
    merchant_minor,
    provider_count,
    provider_minor,
    status_only_count
FROM day_total;
DROP TABLE day_total;
ALTER TABLE day_total_of_currency RENAME TO day_total;

CREATE TABLE day_sum_of_currency (
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
    currency       TEXT    NOT NULL DEFAULT 'CNY',
    PRIMARY KEY (business_date, stream_id, currency)
) STRICT, WITHOUT ROWID;
INSERT INTO day_sum_of_currency (
    business_date,
    stream_id,
    count,
    amount_minor,
    stated_count,
    stated_minor,
    contract_count,
    contract_minor,
    back_count,
    back_minor,
    told_count
)
SELECT
    business_date,
    stream_id,
    count,
    amount_minor,
    stated_count,
    stated_minor,
    contract_count,
    contract_minor,
    back_count,
    back_minor,
    told_count
FROM day_sum;
DROP TABLE day_sum;
ALTER TABLE day_sum_of_currency RENAME TO day_sum;

ALTER TABLE day_pattern ADD COLUMN currency TEXT NOT NULL DEFAULT 'CNY';
