-- Which ledger this is: a number that no other one has. The folders of reports and answers remember it,
-- so that a ledger that was lost is not taken for a new one.
CREATE TABLE identity (
    identity_id SMALLINT         NOT NULL PRIMARY KEY,
    ledger      TEXT COLLATE "C" NOT NULL,
    CHECK (identity_id = 1)
);
INSERT INTO identity (identity_id, ledger)
VALUES (1, replace(gen_random_uuid()::TEXT, '-', ''));
