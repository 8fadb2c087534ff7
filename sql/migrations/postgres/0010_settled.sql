-- What settling an account came to on a date, as its report shows it: canonical JSON, replaced when the
-- date is settled again.
CREATE TABLE day_settled (
    business_date INTEGER NOT NULL,
    account       TEXT    NOT NULL,
    found         TEXT    NOT NULL,
    PRIMARY KEY (business_date, account)
);
