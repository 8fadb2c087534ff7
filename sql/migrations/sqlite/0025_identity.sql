-- Which ledger this is: a number that no other one has. The folders of reports and answers remember it,
-- so that a ledger that was lost is not taken for a new one.
CREATE TABLE identity (
    identity_id INTEGER NOT NULL PRIMARY KEY,
    ledger      TEXT    NOT NULL,
    CHECK (identity_id = 1)
) STRICT;
INSERT INTO identity (identity_id, ledger)
VALUES (1, lower(hex(randomblob(16))));
