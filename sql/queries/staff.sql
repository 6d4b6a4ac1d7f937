-- staff.sql: logins, and what ends them.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_staff_by_name (text) AS
SELECT s.id, s.branch_id, s.username, s.password_hash, s.role::text AS role, s.active, s.generation
FROM staff AS s WHERE s.username = $1;

PREPARE read_staff (uuid) AS
SELECT s.id, s.branch_id, s.username, s.password_hash, s.role::text AS role, s.active, s.generation
FROM staff AS s WHERE s.id = $1;

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

-- No token lives longer than 31 days; two more for transactions that were open long, and for clocks.
PREPARE prune_endings AS
WITH members AS (
  DELETE FROM revocations AS r WHERE r.revoked_at < clock_timestamp() - interval '33 days' RETURNING 1
), sessions AS (
  DELETE FROM staff_sessions AS n WHERE n.expires_at < clock_timestamp() RETURNING 1
)
SELECT (SELECT count(*) FROM members) + (SELECT count(*) FROM sessions) AS pruned;

-- How far the database's clock is ahead of that of process $1, in seconds: what kds doctor asks every process for.
PREPARE tell_clock (text, double precision) AS
SELECT pg_notify('kds_clock', json_build_object('instance', $1, 'apartS', $2)::text);
