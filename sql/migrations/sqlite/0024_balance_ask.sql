-- What came of each time that an account was asked what it holds, also where its answer could not be
-- read, and the terms that the platform stated beside it (JSON). Only ever added to.
CREATE TABLE balance_ask (
    account  TEXT    NOT NULL,
    asked_at INTEGER NOT NULL,
    problem  TEXT    NOT NULL,
    terms    TEXT    NOT NULL,
    evidence INTEGER NOT NULL,
    PRIMARY KEY (account, asked_at)
) STRICT, WITHOUT ROWID;
