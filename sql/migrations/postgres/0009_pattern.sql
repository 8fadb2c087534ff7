-- What the open discrepancies of a date have in common, found when the date was last reconciled.
CREATE TABLE day_pattern (
    business_date    INTEGER  NOT NULL,
    sequence         INTEGER  NOT NULL,
    stream_id        INTEGER  NOT NULL,
    pattern          SMALLINT NOT NULL,
    type             SMALLINT NOT NULL,
    row_count        BIGINT   NOT NULL,
    among_count      BIGINT   NOT NULL,
    difference_minor BIGINT   NOT NULL,
    constant_minor   BIGINT   NOT NULL,
    first_at         BIGINT,
    last_at          BIGINT,
    PRIMARY KEY (business_date, stream_id, sequence)
);
