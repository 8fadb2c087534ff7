-- Whether any migration was ever begun here.
--
-- Dialects: SQLite
-- Rows:     1 when so, else none
SELECT 1
FROM sqlite_master
WHERE
    type = 'table'
    AND name = '_sqlx_migrations';
