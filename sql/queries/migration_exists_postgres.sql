-- Whether any migration was ever begun here.
--
-- Dialects: PostgreSQL
-- Rows:     1 when so, else none
SELECT 1
WHERE to_regclass('_sqlx_migrations') IS NOT NULL;
