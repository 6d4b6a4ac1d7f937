-- health.sql: what readyz asks.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_schema_version AS
SELECT max(m.version) FROM schema_migrations AS m;
