-- postgres.sql: what kds migrate asks a database before it touches it. Catalogs alone: nobody waits for a question.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

-- What the files that are applied every time have made: functions $1 and triggers $2 as they are now, views $3, and what the
-- roles that serve may do (see rights.sql). Whatever is lost, disabled or changed makes another digest.
PREPARE digest_installed (text[], text[], text[]) AS
WITH services AS (
  SELECT DISTINCT a.grantee FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
  WHERE c.oid = 'public.ws_connections'::regclass AND a.privilege_type = 'INSERT'
)
SELECT md5(string_agg(made.what, E'\n' ORDER BY made.what COLLATE "C")) AS rest, (
  SELECT md5(string_agg(pg_get_triggerdef(t.oid) || t.tgenabled::text, E'\n' ORDER BY t.tgname, c.relname))
  FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
  WHERE c.relnamespace = 'public'::regnamespace AND t.tgname = ANY ($2) AND NOT t.tgisinternal) AS triggers
FROM (
  SELECT pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '') AS what FROM pg_proc AS p
  WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY ($1) AND p.prokind = 'f'
  UNION ALL
  -- as it is stored: pg_get_viewdef() would wait for whoever has a table of the view locked
  SELECT concat_ws(' ', 'view', c.relname, md5(r.ev_action::text), c.reloptions::text)
  FROM pg_class AS c JOIN pg_rewrite AS r ON r.ev_class = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($3) AND c.relkind = 'v'
  UNION ALL
  SELECT 'schema ' || n.nspname FROM pg_namespace AS n WHERE n.nspname = 'order_numbers'
  UNION ALL
  SELECT concat_ws(' ', c.relname, a.privilege_type, a.grantee) FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
  WHERE c.relnamespace = 'public'::regnamespace AND a.grantee IN (SELECT s.grantee FROM services AS s)) AS made;

-- Before version 5 there is nothing to compare with.
PREPARE has_applied AS
SELECT EXISTS (
  SELECT FROM pg_attribute AS a
  WHERE a.attrelid = 'public.deployment'::regclass AND a.attname = 'applied' AND NOT a.attisdropped);

-- Who keeps kds migrate from the tables and views $1, in a transaction that has lasted for $2; the longest first.
PREPARE read_holders (text[], interval) AS
SELECT a.pid, a.usename AS username, a.application_name, a.state, left(regexp_replace(a.query, '\s+', ' ', 'g'), 80) AS query,
  extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age_s
FROM pg_stat_activity AS a
WHERE a.pid <> pg_backend_pid() AND (a.xact_start < clock_timestamp() - $2) IS NOT FALSE AND EXISTS (
  SELECT FROM pg_locks AS l
  WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.granted
    AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
    AND l.relation IN (SELECT c.oid FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1)))
ORDER BY a.xact_start LIMIT 3;

-- What stands in the way of making a schema: the names of $1 that something else has in public, the rights this role lacks.
PREPARE read_obstacles (text[]) AS
SELECT current_user AS role, current_database() AS database, to_regnamespace('public') IS NOT NULL AS has_public,
  coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'CREATE'), false) AS may_create_tables,
  has_database_privilege(current_database(), 'CREATE') OR to_regnamespace('order_numbers') IS NOT NULL AS may_create_schema,
  ARRAY(SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = to_regnamespace('public') AND c.relname = ANY ($1)
        UNION
        SELECT t.typname::text FROM pg_type AS t WHERE t.typnamespace = to_regnamespace('public') AND t.typname = ANY ($1)
        ORDER BY 1) AS foreign_names;

PREPARE mend_order_numbers (uuid, integer) AS
SELECT public.mend_order_numbers($1, $2);

-- Rows that came in with triggers on wrote events of their own, and a dump's setval() then put the sequence back before them:
-- the next orders would be refused, or take a revision that the screens have passed. 0 rows when nothing is behind.
PREPARE mend_event_revision AS
SELECT setval('public.event_revision', taken.revision)
FROM (
  SELECT max(last.revision) AS revision
  FROM public.branches AS b, LATERAL (
    SELECT e.revision FROM public.events AS e WHERE e.branch_id = b.id ORDER BY e.revision DESC LIMIT 1) AS last
) AS taken
WHERE taken.revision > coalesce(pg_sequence_last_value('public.event_revision'), 0);

PREPARE read_triggers AS
SELECT c.relname AS table_name, t.tgname AS trigger_name, t.tgenabled::text AS enabled
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace;

-- Every table with its keys: what is unique, and what leads to another table. A table without any comes with NULL.
PREPARE read_keys AS
SELECT c.relname::text AS table_name, k.name::text AS key_name
FROM pg_class AS c LEFT JOIN LATERAL (
  SELECT x.relname AS name FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid
  WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid
  UNION ALL
  SELECT f.conname FROM pg_constraint AS f WHERE f.conrelid = c.oid AND f.contype = 'f') AS k ON true
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
ORDER BY 1, 2;

-- What this role lacks of the schema and of the database, to make something of ours there or to use what is there.
PREPARE read_room AS
SELECT current_user AS role, current_database() AS database,
  has_schema_privilege('public', 'USAGE') AS may_use, has_schema_privilege('public', 'CREATE') AS may_create,
  has_database_privilege(current_database(), 'CREATE') AS may_create_schema;
