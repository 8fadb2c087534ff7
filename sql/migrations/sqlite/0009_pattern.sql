-- What the open discrepancies of a date have in common, found when the date was last reconciled.
CREATE TABLE day_pattern (
    business_date    INTEGER NOT NULL,
    sequence         INTEGER NOT NULL,
    stream_id        INTEGER NOT NULL,
    pattern          INTEGER NOT NULL,
    type             INTEGER NOT NULL,
    row_count        INTEGER NOT NULL,
    among_count      INTEGER NOT NULL,
    difference_minor INTEGER NOT NULL,
    constant_minor   INTEGER NOT NULL,
    first_at         INTEGER,
    last_at          INTEGER,
    PRIMARY KEY (business_date, stream_id, sequence)
) STRICT, WITHOUT ROWID;
