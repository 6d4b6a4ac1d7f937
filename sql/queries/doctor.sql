-- doctor.sql: what kds doctor asks. Catalogs and tables only, for a view of ours may be what is missing; but for the last.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_backend AS
SELECT pg_backend_pid() AS pid, current_database() AS database,
  (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()) AS database_oid,
  (SELECT c.system_identifier FROM pg_control_system() AS c) AS cluster;

-- Where the server itself listens, whatever stands before it. No address: a Unix socket. No folder: this role is not
-- among those that may know it; pg_settings leaves the row out, current_setting() would fail.
PREPARE read_own_address AS
SELECT current_database() AS database, host(inet_server_addr()) AS address, current_setting('port') AS port,
  (SELECT split_part(s.setting, ',', 1) FROM pg_settings AS s WHERE s.name = 'unix_socket_directories') AS socket_folder;

PREPARE read_encoding AS
SELECT current_database() AS database, current_setting('server_encoding') AS encoding;

-- Whether the names of our statements mean what is in public.
PREPARE read_path AS
SELECT current_database() AS database, current_user AS role, current_setting('search_path') AS path,
  NOT EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND NOT pg_table_is_visible(c.oid))
  AND NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace AND NOT pg_function_is_visible(p.oid))
    AS leads_home;

-- What a host is to the others. A standby that has replayed all it received is not behind, however old that is. Who follows
-- whom under which name is for roles with pg_monitor.
PREPARE read_replication AS
SELECT pg_is_in_recovery() AS is_standby, quote_ident(current_user) AS role,
  NOT pg_is_in_recovery() AND current_setting('default_transaction_read_only') = 'off' AS takes_writes,
  current_setting('synchronous_standby_names') AS synchronous_names,
  EXISTS (SELECT FROM pg_stat_wal_receiver) AS follows,
  (SELECT substring(r.conninfo FROM 'application_name=(\S+)') FROM pg_stat_wal_receiver AS r) AS member,
  CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 0) END::float8 AS behind_s;

PREPARE send_knock (text) AS
SELECT pg_notify('kds_doctor', $1);

PREPARE read_clock AS
SELECT clock_timestamp();

-- Asks every server process for its clock, by kds_control; each answers on kds_clock. How many there are.
PREPARE ask_clocks AS
SELECT (SELECT count(*) FROM pg_stat_activity AS a
        WHERE a.application_name = 'kds-listen' AND a.datname = current_database()) AS processes,
  pg_notify('kds_control', '{"type":"CLOCK"}');

-- How full the queue of notifications is, and who most likely holds it, for PostgreSQL does not tell: the oldest
-- transaction of the cluster, since a listener that sits in one, or cannot write to its client, does not read on; else a relay.
PREPARE read_notification_queue AS
SELECT pg_notification_queue_usage() AS usage, held_by.*
FROM (VALUES (1)) AS one LEFT JOIN (
  SELECT a.pid, a.usename AS username, a.application_name, a.state FROM pg_stat_activity AS a
  WHERE a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
  ORDER BY a.xact_start NULLS LAST, a.application_name = 'kds-listen' DESC, a.backend_start LIMIT 1) AS held_by ON true;

-- Who keeps writers silent although no batching leader has shown itself for $1.
PREPARE read_stuck_gate (interval) AS
SELECT l.pid, a.application_name, extract(epoch FROM clock_timestamp() - b.heartbeat_at)::float8 AS silent_s
FROM pg_locks AS l CROSS JOIN batching AS b LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.classid = 493269101 AND l.objid = 0 AND l.mode = 'ExclusiveLock' AND l.granted
  AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
  AND b.heartbeat_at < clock_timestamp() - $1;

PREPARE read_long_transactions (interval) AS
SELECT a.pid, a.usename AS username, a.application_name, a.state,
  extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age_s
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
  AND a.xact_start < clock_timestamp() - $1
ORDER BY a.xact_start;

PREPARE count_stale_screens (interval) AS
SELECT count(*) FROM ws_connections AS w WHERE w.lease_expires_at < now() - $1;

-- may_alter_system: of PostgreSQL 17 on a provider may forbid it to everybody. data_folder: NULL where this role may not know it.
PREPARE read_weak_durability AS
SELECT s.name, s.source, current_database() AS database, current_user AS role,
  has_parameter_privilege(s.name, 'ALTER SYSTEM') AND has_function_privilege('pg_reload_conf()', 'EXECUTE')
    AND coalesce(current_setting('allow_alter_system', true), 'on') = 'on' AS may_alter_system,
  (SELECT d.setting FROM pg_settings AS d WHERE d.name = 'data_directory') AS data_folder
FROM pg_settings AS s
WHERE s.name IN ('fsync', 'synchronous_commit') AND s.setting = 'off' ORDER BY s.name;

-- The orders that no screen can show, of those that one would: open, cancelled and not acknowledged, or changed lately.
PREPARE read_broken_orders AS
WITH shown AS (
  SELECT o.id FROM orders AS o WHERE o.status IN ('SENT', 'READY')
  UNION
  SELECT o.id FROM orders AS o WHERE o.status = 'CANCELLED' AND NOT o.acknowledged
  UNION
  SELECT e.order_id FROM events AS e
)
SELECT x.id, b.name AS branch, x.fault
FROM shown AS s JOIN order_objects AS x ON x.id = s.id JOIN branches AS b ON b.id = x.branch_id
WHERE x.fault IS NOT NULL ORDER BY b.name, x.id LIMIT 20;

PREPARE read_currencies AS
SELECT b.id, b.name, b.currency FROM branches AS b ORDER BY b.name, b.id;

PREPARE read_timezones AS
SELECT b.id, b.name, b.timezone, z.settled
FROM (SELECT DISTINCT timezone FROM public.branches) AS a,
LATERAL (SELECT a.timezone AS zone, public.settled_timezone(a.timezone) AS settled) AS z
JOIN public.branches AS b ON b.timezone = z.zone
WHERE z.settled IS DISTINCT FROM z.zone ORDER BY b.name, b.id LIMIT 20;

-- Of $2 branches after $1: which have no sequence of order numbers, or one that stands before a number that today has. Not of all at
-- once, for reading a sequence locks it until the statement ends.
PREPARE read_order_numbers (uuid, integer) AS
SELECT b.id, b.name, s.sequencename IS NULL AS is_missing, t.is_today AND t.last < public.last_order_number(b.id, t.today) AS is_behind
FROM (SELECT c.*, ((clock_timestamp() AT TIME ZONE c.timezone) - c.day_starts_at)::date AS today FROM public.branches AS c
      WHERE c.id > $1 OR $1 IS NULL ORDER BY c.id LIMIT $2) AS b
LEFT JOIN pg_sequences AS s ON s.schemaname = 'order_numbers' AND s.sequencename = b.id::text,
LATERAL (SELECT b.today, s.last_value / 1000000 = b.today - date '2000-01-01' AS is_today, s.last_value % 1000000 AS last) AS t
ORDER BY b.id;

-- Open tickets for stations that their branch has not, where it has any; near: one that it has, that of the most like name first.
PREPARE read_unrouted_tickets AS
SELECT b.id, b.name, k.station, count(*) AS tickets, (
  SELECT s.name FROM stations AS s WHERE s.branch_id = b.id
  ORDER BY lower(s.name) <> lower(k.station), s.position, s.name LIMIT 1) AS near
FROM orders AS o JOIN kots AS k ON k.order_id = o.id JOIN branches AS b ON b.id = o.branch_id
WHERE o.status IN ('SENT', 'READY') AND k.status IN ('SENT', 'READY') AND k.station IS NOT NULL
  AND EXISTS (SELECT FROM stations AS s WHERE s.branch_id = b.id)
  AND NOT EXISTS (SELECT FROM stations AS s WHERE s.branch_id = b.id AND s.name = k.station)
GROUP BY b.id, b.name, k.station ORDER BY b.id, k.station LIMIT 20;

-- Who may create objects in schema public beside its owner; NULL: everybody.
PREPARE read_schema_creators AS
SELECT r.rolname AS role FROM pg_namespace AS n
CROSS JOIN LATERAL aclexplode(n.nspacl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee
WHERE n.nspname = 'public' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
  AND a.grantee <> (SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'public.orders'::regclass)
ORDER BY r.rolname;

-- Who may hang triggers on our tables $1; NULL: everybody.
PREPARE read_trigger_rights (text[]) AS
SELECT r.rolname AS role, c.oid::regclass::text AS relation FROM pg_class AS c
CROSS JOIN LATERAL aclexplode(c.relacl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee
WHERE c.relname = ANY ($1)
  AND c.relnamespace = 'public'::regnamespace AND a.privilege_type = 'TRIGGER' AND a.grantee <> c.relowner
ORDER BY 2, 1;

-- What the service needs and this role may not: of rights $3 on tables, sequences and functions $2, columns of tables too, by $1.
PREPARE read_missing_rights (text[], text[], text[]) AS
SELECT current_user AS role, format('%s on %s', n.privilege, n.name) AS missing
FROM unnest($1, $2, $3) AS n (kind, name, privilege)
WHERE EXISTS (
  SELECT FROM pg_class AS c
  WHERE c.relnamespace = (SELECT s.oid FROM pg_namespace AS s WHERE s.nspname = 'public') AND c.relname = n.name
    AND NOT CASE n.kind
      WHEN 'TABLE' THEN has_table_privilege(c.oid, n.privilege)
      WHEN 'COLUMN' THEN has_any_column_privilege(c.oid, n.privilege)
      WHEN 'SEQUENCE' THEN has_sequence_privilege(c.oid, n.privilege) ELSE true END
  UNION ALL
  SELECT FROM pg_proc AS p
  WHERE p.pronamespace = (SELECT s.oid FROM pg_namespace AS s WHERE s.nspname = 'public') AND p.proname = n.name
    AND n.kind = 'FUNCTION' AND NOT has_function_privilege(p.oid, n.privilege))
ORDER BY n.privilege, n.name;

-- Functions of these names that everybody may call although they change something.
PREPARE read_open_functions (text[]) AS
SELECT p.oid::regprocedure::text AS signature FROM pg_proc AS p
CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY ($1) AND a.grantee = 0
  AND (p.prosecdef OR p.prorettype = 'trigger'::regtype OR p.provolatile = 'v')
ORDER BY 1;

-- The roles of relays, by their mark, that may not end a leader of another role: of another relay's, or of who leads now. Nobody
-- but a superuser ends one of a superuser.
PREPARE read_leaders_out_of_reach AS
WITH relays AS (
  SELECT DISTINCT a.grantee AS role FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
  WHERE c.oid = 'public.ws_connections'::regclass AND a.privilege_type = 'INSERT' AND a.grantee NOT IN (0, c.relowner)
), leaders AS (
  SELECT y.role FROM relays AS y
  UNION
  SELECT s.usesysid FROM batching AS b JOIN pg_stat_activity AS s ON s.pid = b.leader_pid
)
SELECT r.rolname AS relay, l.rolname AS leader
FROM relays AS y JOIN pg_roles AS r ON r.oid = y.role CROSS JOIN leaders AS n JOIN pg_roles AS l ON l.oid = n.role
WHERE NOT r.rolsuper AND NOT l.rolsuper
  AND NOT pg_has_role(r.oid, l.oid, 'USAGE') AND NOT pg_has_role(r.oid, 'pg_signal_backend'::regrole, 'USAGE')
ORDER BY relay, leader;

-- Sessions that have held a lock of ours for $1: since their transaction began, or since they fell idle. Not those whose holder
-- may keep them: the gate and the lead of the batching leader, a migration's, and what writers share until they commit.
PREPARE read_lock_holders (interval) AS
SELECT l.pid, a.usename AS username, a.application_name, a.state, l.classid::bigint AS lock,
  extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, a.state_change))::float8 AS held_s,
  CASE WHEN l.classid IN (493269100, 493269103) THEN ARRAY(
    SELECT b.name FROM branches AS b WHERE branch_stripe(b.id) = l.objid::bigint ORDER BY b.name LIMIT 3)
    WHEN l.classid = 493269110 THEN ARRAY(  -- an oid has no sign
    SELECT b.name FROM branches AS b WHERE hashtext(b.id::text) & 4294967295 = l.objid::bigint ORDER BY b.name LIMIT 3) END AS branches,
  (SELECT count(*) FROM pg_locks AS w
   WHERE w.locktype = 'advisory' AND w.database = l.database AND w.classid = l.classid AND w.objid = l.objid
     AND NOT w.granted) AS waiting
FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> pg_backend_pid()
  AND (l.classid IN (493269100, 493269103, 493269105, 493269110, 493269111)
    OR l.classid = 493269101 AND l.objid = 0 AND l.mode = 'ShareLock'
    OR l.classid = 493269102 AND l.objid = 0 AND l.pid IS DISTINCT FROM (SELECT b.leader_pid FROM batching AS b)
    OR l.classid IN (493269106, 493269107) AND l.mode = 'ExclusiveLock')
  AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
  AND coalesce(a.xact_start, a.state_change) < clock_timestamp() - $1
ORDER BY held_s DESC;
