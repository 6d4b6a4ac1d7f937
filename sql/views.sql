-- views.sql: what a DBA asks. Every view answers one question; \d+ shows which.
--
-- By hand: after menu.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

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

CREATE OR REPLACE VIEW screens_per_branch AS
SELECT b.name AS branch, b.id AS branch_id, count(w.connection_id) AS screens, count(DISTINCT w.instance) AS processes,
  min(w.connected_at) AS oldest_since, max(w.last_activity) AS last_activity
FROM branches AS b LEFT JOIN ws_connections AS w ON w.branch_id = b.id AND w.lease_expires_at > now()
GROUP BY b.id ORDER BY b.name, b.id;
COMMENT ON VIEW screens_per_branch IS 'How many kitchen screens does each branch have connected now? A branch that cooks blind has 0.';

CREATE OR REPLACE VIEW events_per_minute AS
SELECT date_trunc('minute', e.created_at) AS minute, b.name AS branch, e.branch_id, count(*) AS events,
  count(*) FILTER (WHERE e.kind = 'NEW_ORDER') AS new_orders, count(DISTINCT e.order_id) AS orders_touched
FROM events AS e LEFT JOIN branches AS b ON b.id = e.branch_id
GROUP BY 1, b.name, e.branch_id ORDER BY 1 DESC, b.name;
COMMENT ON VIEW events_per_minute IS
  'How busy was each branch, minute by minute, the newest first? As far back as events are kept (EVENTS_KEPT_MINUTES).';

CREATE OR REPLACE VIEW kot_ages AS
SELECT b.name AS branch, k.station, count(*) AS open_kots, date_trunc('second', max(now() - k.sent_at)) AS oldest,
  date_trunc('second', avg(now() - k.sent_at)) AS average,
  count(*) FILTER (WHERE now() - k.sent_at >= make_interval(secs => coalesce(a.due_s, 300))) AS due,
  count(*) FILTER (WHERE now() - k.sent_at >= make_interval(secs => coalesce(a.late_s, 600))) AS late
FROM kots AS k JOIN orders AS o ON o.id = k.order_id JOIN branches AS b ON b.id = o.branch_id
LEFT JOIN age_thresholds AS a ON a.branch_id = o.branch_id AND a.order_type = o.order_type
WHERE o.status IN ('SENT', 'READY') AND k.status = 'SENT'
GROUP BY b.id, b.name, k.station ORDER BY oldest DESC;
COMMENT ON VIEW kot_ages IS 'How long does each station take for what it has not cooked yet, and how much of it is DUE (LATE included) or LATE?';

CREATE OR REPLACE VIEW waiting_kots AS
SELECT b.name AS branch, o.order_number, o.table_label, k.station, k.round, k.course, o.due_at, k.waits_for, k.fire_at,
  array_to_string(ARRAY(
    SELECT CASE w
      WHEN 'HAND' THEN 'a cook fires it'
      WHEN 'PAYMENT' THEN 'the order is paid'
      WHEN 'TOGETHER' THEN format('it is %s, to be ready with the rest', k.fire_at)
      WHEN 'TIME' THEN CASE WHEN o.due_at IS NOT NULL AND o.lead_s IS NULL
        THEN format('the clock works out at %s when to fire what is promised for %s', k.fire_at, o.due_at)
        ELSE format('it is %s', k.fire_at) END
      WHEN 'COURSE' THEN CASE b.courses_fire
        WHEN 'HAND' THEN 'a cook fires this course'
        WHEN 'READY' THEN 'the courses before are READY'
        ELSE format('%s minutes after the course before was fired', b.course_minutes) END
      END FROM unnest(k.waits_for) AS w), '; ') AS waits_until,
  k.fire_at < now() - interval '5 seconds' AS is_overdue, k.id AS kot_id, o.id AS order_id
FROM kots AS k JOIN orders AS o ON o.id = k.order_id JOIN branches AS b ON b.id = o.branch_id
WHERE k.held AND o.status IN ('SENT', 'READY')
ORDER BY k.fire_at;
COMMENT ON VIEW waiting_kots IS
  'Why is each KOT that is held not cooked yet, and until when? is_overdue: the clock should have looked by now; does a kds serve run?';

COMMIT;
