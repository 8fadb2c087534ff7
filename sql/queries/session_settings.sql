-- Settings of one session, as far as the server's version has them: the server notices within some
-- seconds that the program of a running statement has ended, and within two minutes that its machine
-- is gone.
--
-- Dialects: PostgreSQL
-- Rows:     one per setting
SELECT set_config(wished.name, wished.setting, FALSE)
FROM (
    VALUES
    ('client_connection_check_interval', '2s'),
    ('tcp_keepalives_idle', '60'),
    ('tcp_keepalives_interval', '10'),
    ('tcp_keepalives_count', '6'),
    ('tcp_user_timeout', '60s')
) AS wished (name, setting)
INNER JOIN pg_settings AS known ON wished.name = known.name;
