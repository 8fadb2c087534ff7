-- Keeps refused rows.
--
-- Dialects: SQLite
-- Params:   per row, in the order of the columns
-- Repeats:  the row
-- Effect:   one row each
INSERT INTO rejection (
    batch,
    business_date,
    sequence,
    source,
    line,
    column_name,
    value,
    reason,
    order_no,
    origin,
    account,
    kind,
    product,
    amount_minor,
    currency,
    order_date
)
VALUES /*each*/ (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) /*each*/;
