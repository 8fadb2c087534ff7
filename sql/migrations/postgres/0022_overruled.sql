-- is_current of a reading of a statement file may be -1: the file says it still, and another file that was
-- imported since says otherwise, or said the same before. It counts nowhere; when the other file is taken
-- back, it counts again.
CREATE INDEX reading_overruled ON reading (interface)
WHERE is_current = -1;
