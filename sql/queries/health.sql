-- health.sql: what readyz asks.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_schema_version AS
SELECT max(m.version) FROM schema_migrations AS m;

PREPARE read_batching AS
SELECT b.state, b.leader, extract(epoch FROM clock_timestamp() - b.heartbeat_at)::float8 AS heartbeat_age_s,
  (SELECT json_agg(json_build_object('at', utc(f.at), 'leader', f.leader, 'state', f.state) ORDER BY f.flip DESC)
   FROM (SELECT * FROM batching_flips ORDER BY flip DESC LIMIT 5) AS f)::text AS flips
FROM batching AS b;
