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
