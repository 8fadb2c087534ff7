-- What came of each time at which a job fired: what was done, and what is still to be done. Of several
-- times that were skipped together only the last has a row.
CREATE TABLE firing (
    job           TEXT    NOT NULL,
    fire_at       INTEGER NOT NULL,
    business_date INTEGER NOT NULL,
    state         INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    failures      INTEGER NOT NULL,
    started_at    INTEGER,
    finished_at   INTEGER,
    exit_code     INTEGER,
    PRIMARY KEY (job, fire_at)
) STRICT, WITHOUT ROWID;
