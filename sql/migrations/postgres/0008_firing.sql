-- What came of each time at which a job fired: what was done, and what is still to be done. Of several
-- times that were skipped together only the last has a row.
CREATE TABLE firing (
    job           TEXT COLLATE "C" NOT NULL,
    fire_at       BIGINT           NOT NULL,
    business_date INTEGER          NOT NULL,
    state         SMALLINT         NOT NULL,
    attempts      SMALLINT         NOT NULL,
    failures      SMALLINT         NOT NULL,
    started_at    BIGINT,
    finished_at   BIGINT,
    exit_code     SMALLINT,
    PRIMARY KEY (job, fire_at)
);
