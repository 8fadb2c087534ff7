-- What the role of the nightly job needs on a PostgreSQL ledger, besides being allowed to connect.
--
-- Run by the role that owns the tables, in the ledger's database, after every `duizhang ledger migrate`:
--
--     psql --set=role=duizhang_job --set=database=duizhang --file=sql/grants.sql
--
-- The job's role owns nothing, creates nothing that stays, and cannot change the schema.

-- Words come in by COPY through temporary tables.
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"role";
GRANT USAGE ON SCHEMA public TO :"role";
-- The ledger's tables, and who has its lock.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"role";
-- Which migrations were run is looked at, never written.
REVOKE INSERT, UPDATE, DELETE ON _sqlx_migrations FROM :"role";
-- Nor is which ledger it is.
REVOKE INSERT, UPDATE, DELETE ON identity FROM :"role";
-- Histories are only added to. A night that prunes by itself (`[ledger] retention_days`) also has to be
-- given DELETE on discrepancy_event; else prune as the role that owns the tables.
REVOKE UPDATE, DELETE ON discrepancy_event, pruned_event, anchor FROM :"role";
-- The numbers of imported files.
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :"role";
