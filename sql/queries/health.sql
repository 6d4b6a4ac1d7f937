-- health.sql: what readyz asks.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_schema_version AS
SELECT max(m.version) FROM schema_migrations AS m;

-- Fails with 53200 when the lock table is full: what is read needs no room there, what is written does.
-- Beside it who is connected, by name: when the table is full, no name can be looked up.
PREPARE probe_locks AS
SELECT pg_try_advisory_xact_lock(493269199, 0),
  (SELECT json_object_agg(a.usesysid, a.usename)
   FROM (SELECT DISTINCT s.usesysid, s.usename FROM pg_stat_activity AS s WHERE s.usesysid IS NOT NULL) AS a)::text AS roles;

-- Who holds most of the lock table, how much all hold, and how much has room. Reads no catalog: that needs a lock by itself.
PREPARE read_hoarder AS
SELECT l.pid, count(*) AS locks, (sum(count(*)) OVER ())::bigint AS locks_of_all, (s.usesysid)::bigint AS role_oid,
  current_setting('max_locks_per_transaction')::bigint * (current_setting('max_connections')::bigint
    + current_setting('max_prepared_transactions')::bigint) AS room
FROM pg_locks AS l CROSS JOIN LATERAL pg_stat_get_activity(l.pid) AS s
WHERE NOT l.fastpath AND l.pid IS NOT NULL GROUP BY l.pid, s.usesysid ORDER BY 2 DESC LIMIT 1;

PREPARE read_role (bigint) AS
SELECT pg_get_userbyid($1::oid)::text;

PREPARE read_batching AS
SELECT b.state, b.leader, extract(epoch FROM clock_timestamp() - b.heartbeat_at)::float8 AS heartbeat_age_s,
  (SELECT json_agg(json_build_object('at', utc(f.at), 'leader', f.leader, 'state', f.state) ORDER BY f.flip DESC)
   FROM (SELECT * FROM batching_flips ORDER BY flip DESC LIMIT 5) AS f)::text AS flips
FROM batching AS b;
