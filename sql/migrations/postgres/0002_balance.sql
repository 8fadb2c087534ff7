-- What the providers said the accounts held, each figure with its own moment. Only ever added to.
CREATE TABLE balance_snapshot (
    account      TEXT COLLATE "C" NOT NULL,
    as_of        BIGINT           NOT NULL,
    channel      TEXT COLLATE "C" NOT NULL,
    part         SMALLINT         NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL,
    amount_minor BIGINT           NOT NULL,
    assurance    SMALLINT         NOT NULL,
    evidence     BIGINT           NOT NULL,
    observed_at  BIGINT           NOT NULL,
    PRIMARY KEY (account, as_of, channel, part, currency)
);
