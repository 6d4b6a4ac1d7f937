-- views.sql: what a DBA asks. Every view answers one question; \d+ shows which.
--
-- By hand: after functions.sql. Safe to re-run.

CREATE OR REPLACE VIEW live_screens AS
SELECT b.name AS branch, w.branch_id, s.username, w.connection_id, w.instance, w.connected_at, w.last_activity
FROM ws_connections AS w JOIN branches AS b ON b.id = w.branch_id LEFT JOIN staff AS s ON s.id = w.staff_id
WHERE w.lease_expires_at > now();
COMMENT ON VIEW live_screens IS 'Which kitchen screens are connected now, through which server process?';

CREATE OR REPLACE VIEW trigger_status AS
SELECT c.relname AS table_name, t.tgname AS trigger_name,
  CASE t.tgenabled WHEN 'A' THEN 'always' WHEN 'O' THEN 'on, not for replicated rows' WHEN 'D' THEN 'DISABLED' ELSE 'replica only' END AS enabled,
  obj_description(t.oid, 'pg_trigger') AS purpose
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
ORDER BY c.relname, t.tgname;
COMMENT ON VIEW trigger_status IS 'Are all triggers in place and enabled? If not: kds migrate puts them back.';

CREATE OR REPLACE VIEW open_kots AS
SELECT b.name AS branch, o.order_number, o.table_label, k.station, k.round, k.status, now() - k.sent_at AS age
FROM kots AS k JOIN orders AS o ON o.id = k.order_id JOIN branches AS b ON b.id = o.branch_id
WHERE o.status IN ('SENT', 'READY') AND k.status IN ('SENT', 'READY')
ORDER BY k.sent_at;
COMMENT ON VIEW open_kots IS 'What is being cooked, the oldest first?';

CREATE OR REPLACE VIEW relay_status AS
SELECT b.state AS batching,
  EXISTS (
    SELECT FROM pg_locks AS l
    WHERE l.locktype = 'advisory' AND l.classid = 493269101 AND l.objid = 0 AND l.mode = 'ExclusiveLock' AND l.granted
      AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
  ) AS writers_are_silent,
  b.leader, b.leader_pid, clock_timestamp() - b.heartbeat_at AS heartbeat_age,
  (SELECT count(*) FROM pg_stat_activity AS a
   WHERE a.application_name = 'kds-listen' AND a.datname = current_database()) AS relays,
  (SELECT f.at FROM batching_flips AS f ORDER BY f.flip DESC LIMIT 1) AS last_flip_at,
  (SELECT count(*) FROM batching_flips AS f WHERE f.at > clock_timestamp() - interval '1 minute') AS flips_last_minute,
  pg_notification_queue_usage() AS notification_queue_usage
FROM batching AS b;
COMMENT ON VIEW relay_status IS
  'Do writers NOTIFY (idle), or are they silent because one relay polls events for all (polling)? Who is it, and does it live?';
