-- Which statement files are the whole of a date of a stream, replaced by the next import of the file.
CREATE TABLE statement_day (
    business_date  INTEGER NOT NULL,
    stream_id      INTEGER NOT NULL,
    intake_file_id BIGINT  NOT NULL,
    PRIMARY KEY (business_date, stream_id, intake_file_id)
);
CREATE INDEX statement_day_by_file ON statement_day (intake_file_id);
