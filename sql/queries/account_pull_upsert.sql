-- Keeps what pulling an account for a date came to.
--
-- Dialects: SQLite, PostgreSQL
-- Params:   the columns in their order
-- Effect:   1 row
INSERT INTO account_pull (
    business_date,
    account,
    coverage,
    listed,
    unlisted,
    listed_rows,
    asked,
    answered,
    unproved,
    day_unfinished,
    problem
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (business_date, account) DO UPDATE SET
    coverage = excluded.coverage,
    listed = excluded.listed,
    unlisted = excluded.unlisted,
    listed_rows = excluded.listed_rows,
    asked = excluded.asked,
    answered = excluded.answered,
    unproved = excluded.unproved,
    day_unfinished = excluded.day_unfinished,
    problem = excluded.problem;
