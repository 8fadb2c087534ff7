-- When the callback was received that says what the merchant does not count; NULL when none is known.
ALTER TABLE discrepancy ADD COLUMN callback_at INTEGER;
