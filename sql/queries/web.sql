-- web.sql: logins, and what ends them; what readyz asks.
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

PREPARE read_staff_by_name (text) AS
SELECT s.id, s.branch_id, s.username, s.password_hash, s.role::text AS role, s.active, s.generation
FROM staff AS s WHERE s.username = $1;

PREPARE read_staff (uuid) AS
SELECT s.id, s.branch_id, s.username, s.password_hash, s.role::text AS role, s.active, s.generation
FROM staff AS s WHERE s.id = $1;

PREPARE read_role_in (uuid, uuid) AS
SELECT m.role::text AS role FROM staff_members AS m WHERE m.staff_id = $1 AND m.branch_id = $2;

-- The member $1, once for each branch that they work in.
PREPARE read_memberships (uuid) AS
SELECT s.username, s.active, s.generation, b.id AS branch_id, b.name, m.role::text AS role
FROM staff AS s JOIN staff_members AS m ON m.staff_id = s.id JOIN branches AS b ON b.id = m.branch_id
WHERE s.id = $1 ORDER BY b.name, b.id;

-- The member $1 and the session $2 at one moment: a token made from it is of that moment's role, branch and generation.
PREPARE read_session (uuid, uuid) AS
SELECT s.id, s.branch_id, s.username, s.role::text AS role, s.active, s.generation, r.revoked_at,
  n.turn, n.ended, extract(epoch FROM clock_timestamp() - n.changed_at)::double precision AS age_s
FROM staff AS s LEFT JOIN revocations AS r ON r.staff_id = s.id LEFT JOIN staff_sessions AS n ON n.session_id = $2
WHERE s.id = $1;

-- When a session of branch $1 that began at $2 ends: 30 days later at the next start of a day, when no board is needed, and after
-- 31 days at the latest. No row when there is no such branch.
PREPARE read_session_end (uuid, timestamptz) AS
SELECT least($2 + interval '744 hours',
  ((($2 + interval '720 hours') AT TIME ZONE b.timezone - b.day_starts_at)::date + 1 + b.day_starts_at) AT TIME ZONE b.timezone)
FROM branches AS b WHERE b.id = $1;

-- What ended since the snapshot $1, as poll_events of relay.sql finds what is new, and when it is asked: one row without
-- an ending when nothing did. Members have a revoked_at, sessions a session_id.
PREPARE read_endings (text) AS
WITH fresh AS MATERIALIZED (
  SELECT r.staff_id, r.generation, r.revoked_at, NULL::uuid AS session_id, NULL::integer AS turn, NULL::boolean AS ended,
    NULL::double precision AS age_s
  FROM revocations AS r
  WHERE r.xid >= pg_snapshot_xmax($1::pg_snapshot) OR r.xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
  UNION ALL
  SELECT n.staff_id, NULL, NULL, n.session_id, n.turn, n.ended,
    extract(epoch FROM clock_timestamp() - n.changed_at)::double precision
  FROM staff_sessions AS n
  WHERE n.xid >= pg_snapshot_xmax($1::pg_snapshot) OR n.xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
)
SELECT present.snapshot, present.epoch, present.clock, f.*
FROM (SELECT pg_current_snapshot()::text AS snapshot, epoch() AS epoch, clock_timestamp() AS clock) AS present
LEFT JOIN fresh AS f ON true;

-- Sessions $1 of members $2 are in use at turns $3; sorted by whoever asks, so that two processes cannot deadlock.
PREPARE note_sessions (uuid[], uuid[], integer[]) AS
INSERT INTO staff_sessions AS n (session_id, staff_id, turn)
SELECT u.session_id, u.staff_id, u.turn FROM unnest($1, $2, $3) AS u (session_id, staff_id, turn)
ON CONFLICT (session_id) DO UPDATE SET turn = excluded.turn, expires_at = excluded.expires_at
  WHERE n.turn < excluded.turn AND NOT n.ended;

-- No row when there is no such member.
PREPARE end_session (uuid, uuid, integer) AS
INSERT INTO staff_sessions AS n (session_id, staff_id, turn, ended) SELECT $1, s.id, $3, true FROM staff AS s WHERE s.id = $2
ON CONFLICT (session_id) DO UPDATE SET ended = true, expires_at = excluded.expires_at;

-- No row when the hash is no longer $2: somebody else has changed it.
PREPARE change_password (uuid, text, text) AS
UPDATE staff AS s SET password_hash = $3 WHERE s.id = $1 AND s.password_hash = $2 AND s.active
RETURNING s.id, s.branch_id, s.username, s.password_hash, s.role::text AS role, s.active, s.generation;

-- Whose password the link with the token of this hash sets; no row when it is used, over, or none.
PREPARE read_staff_link (bytea) AS
SELECT s.username, s.branch_id, s.role::text AS role FROM staff_links AS k JOIN staff AS s ON s.id = k.staff_id
WHERE k.token_hash = $1 AND k.generation = s.generation AND k.expires_at > clock_timestamp() AND s.active;

-- The new generation that comes with the password ends the link: of two who use it at once the second finds no row.
PREPARE use_staff_link (bytea, text) AS
UPDATE staff AS s SET password_hash = $2 FROM staff_links AS k
WHERE k.token_hash = $1 AND s.id = k.staff_id AND k.generation = s.generation AND k.expires_at > clock_timestamp() AND s.active
RETURNING s.id, s.branch_id, s.username, s.password_hash, s.role::text AS role, s.active, s.generation;

-- No token lives longer than 31 days; two more for transactions that were open long, and for clocks.
PREPARE prune_endings AS
WITH members AS (
  DELETE FROM revocations AS r WHERE r.revoked_at < clock_timestamp() - interval '33 days' RETURNING 1
), sessions AS (
  DELETE FROM staff_sessions AS n WHERE n.expires_at < clock_timestamp() RETURNING 1
), links AS (
  DELETE FROM staff_links AS k WHERE k.expires_at < clock_timestamp() RETURNING 1
)
SELECT (SELECT count(*) FROM members) + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM links) AS pruned;

-- How far the database's clock is ahead of that of process $1, in seconds: what kds doctor asks every process for.
PREPARE tell_clock (text, double precision) AS
SELECT pg_notify('kds_clock', json_build_object('instance', $1, 'apartS', $2)::text);
