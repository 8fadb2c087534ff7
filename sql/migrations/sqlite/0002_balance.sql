-- What the providers said the accounts held, each figure with its own moment. Only ever added to.
CREATE TABLE balance_snapshot (
    account      TEXT    NOT NULL,
    as_of        INTEGER NOT NULL,
    channel      TEXT    NOT NULL,
    part         INTEGER NOT NULL,
    currency     TEXT    NOT NULL,
    amount_minor INTEGER NOT NULL,
    assurance    INTEGER NOT NULL,
    evidence     INTEGER NOT NULL,
    observed_at  INTEGER NOT NULL,
    PRIMARY KEY (account, as_of, channel, part, currency)
) STRICT, WITHOUT ROWID;
