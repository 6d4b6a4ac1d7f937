-- kitchen.sql: what a kitchen screen resumes from, the door for guests as a cook moves it, and the screens that are connected. Every
-- statement names the branch of the token, but those that keep the screens.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand. What reads
-- order_objects is read from order_objects_one_by_one when that fails for its data: kds/postgres/statements.py, one_by_one().

-- What a client that has applied $2 of epoch $3 at $4 has missed in branch $1: one row per changed order, in the order
-- of its last revision, each with the head; one row without an order when nothing changed; resumable is false when only
-- a snapshot will do.
PREPARE read_missed (uuid, bigint, text, text, integer) AS
WITH present AS (
  SELECT epoch() AS epoch,
    coalesce((SELECT f.revision FROM event_floors AS f WHERE f.branch_id = $1), 0) AS floor,
    (SELECT utc(f.at) FROM event_floors AS f WHERE f.branch_id = $1) AS floor_at,
    coalesce((SELECT max(e.revision) FROM events AS e WHERE e.branch_id = $1), 0) AS newest,
    (SELECT utc(e.created_at) FROM events AS e WHERE e.branch_id = $1 AND e.revision = $2) AS applied_at
), head AS (
  SELECT p.epoch, greatest(p.newest, p.floor) AS head,
    $2 >= p.floor AND $2 <= greatest(p.newest, p.floor) AND $3 = p.epoch
    AND ($4 IS NULL OR $4 IS NOT DISTINCT FROM CASE WHEN $2 = p.floor THEN coalesce(p.applied_at, p.floor_at) ELSE p.applied_at END)
    AS resumable
  FROM present AS p
), missed AS (
  SELECT e.order_id, max(e.revision) AS revision, max(e.created_at) AS created_at,
    bool_or(e.kind = 'NEW_ORDER') AS is_new, bool_or(e.kind = 'RESYNC') AS is_resync
  FROM events AS e WHERE e.branch_id = $1 AND e.revision > $2 AND (SELECT h.resumable FROM head AS h)
  GROUP BY e.order_id ORDER BY 2 LIMIT $5
), bodies AS (
  SELECT x.id, x.body, x.fault FROM missed AS m JOIN order_objects AS x ON x.id = m.order_id AND x.branch_id = $1
)
SELECT h.epoch, h.head, h.resumable, m.revision, m.order_id, utc(m.created_at) AS timestamp,
  CASE WHEN m.is_resync THEN 'RESYNC' WHEN m.is_new THEN 'NEW_ORDER' ELSE 'ORDER_UPDATED' END AS kind,
  b.body, b.fault
FROM head AS h LEFT JOIN missed AS m ON true LEFT JOIN bodies AS b ON b.id = m.order_id
ORDER BY m.revision;

-- The board of a branch, whole: open orders that are not for later, cancelled ones nobody has seen yet, the last 20 completed. One row for each,
-- and one without an order when there is none.
PREPARE read_snapshot (uuid) AS
WITH head AS (
  SELECT epoch() AS epoch, coalesce(e.revision, f.revision, 0) AS revision, utc(coalesce(e.created_at, f.at)) AS timestamp
  FROM (VALUES (1)) AS one
  LEFT JOIN (SELECT * FROM events WHERE branch_id = $1 ORDER BY revision DESC LIMIT 1) AS e ON true
  LEFT JOIN event_floors AS f ON f.branch_id = $1
), shown AS (
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY')
     AND (o.due_at IS NULL OR o.lead_s IS NOT NULL OR o.status = 'READY'))
  UNION ALL
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status = 'CANCELLED' AND NOT o.acknowledged)
  UNION ALL
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status = 'COMPLETED'
   AND o.completed_at < now() + interval '10 minutes'  -- nor those without a time: neither may push the last ones off
   ORDER BY o.completed_at DESC LIMIT 20)
), bodies AS (
  SELECT s.placed_at, x.id, x.body, x.fault FROM shown AS s JOIN order_objects AS x ON x.id = s.id AND x.branch_id = $1
)
SELECT h.epoch, h.revision, h.timestamp, l.orders AS later, utc(l.next_at) AS next_at, b.id AS order_id, b.body, b.fault
FROM head AS h CROSS JOIN orders_for_later($1) AS l LEFT JOIN bodies AS b ON true ORDER BY b.placed_at, b.id;

-- What is promised for later, the next $2 of it: one row for each, and one without an order when there is none.
PREPARE read_later (uuid, integer) AS
WITH next AS (
  SELECT o.id, o.due_at FROM orders AS o
  WHERE o.branch_id = $1 AND o.due_at > now() - interval '1 day' AND o.status = 'SENT' AND o.lead_s IS NULL ORDER BY o.due_at, o.id LIMIT $2
), bodies AS (
  SELECT n.due_at, x.id, x.body, x.fault FROM next AS n JOIN order_objects AS x ON x.id = n.id AND x.branch_id = $1
)
SELECT l.orders AS later, utc(l.next_at) AS next_at, b.id AS order_id, b.body, b.fault
FROM orders_for_later($1) AS l LEFT JOIN bodies AS b ON true ORDER BY b.due_at, b.id;

-- After a flood: what guests placed in the last $2 and no cook has finished.
PREPARE list_guest_orders (uuid, interval) AS
SELECT o.id FROM orders AS o
WHERE o.branch_id = $1 AND o.status = 'SENT' AND o.source = 'guest' AND o.placed_at >= now() - $2 ORDER BY o.id;

-- Cancels of those $2 what nobody else holds, seen by that; how many.
PREPARE cancel_guest_orders (uuid, uuid[], uuid) AS
WITH present AS (
  SELECT o.id, o.status FROM orders AS o
  WHERE o.id = ANY ($2) AND o.branch_id = $1 AND o.status = 'SENT' ORDER BY o.id FOR NO KEY UPDATE SKIP LOCKED
), changed AS (
  UPDATE orders AS o SET status = 'CANCELLED', acknowledged = true FROM present AS p WHERE o.id = p.id RETURNING o.id, p.status AS was
), noted AS (
  INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became)
  SELECT $1, c.id, $3, 'status', c.was, 'CANCELLED' FROM changed AS c
)
SELECT count(*) FROM changed;

-- The rounds that guests joined in the last $2 to an order that list_guest_orders has not, while they could cancel them themselves:
-- cancel_round() of cancelling.sql.
PREPARE list_guest_rounds (uuid, interval) AS
SELECT k.round_id AS id FROM orders AS o
CROSS JOIN LATERAL (SELECT * FROM kots WHERE order_id = o.id OFFSET 0) AS k  -- by its index, however few KOTs there are yet
WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY') AND k.round_id IS NOT NULL
  AND (o.status = 'SENT' AND o.source = 'guest' AND o.placed_at >= now() - $2) IS NOT TRUE
GROUP BY o.id, k.round_id
HAVING min(k.sent_at) >= now() - $2 AND bool_or(k.status = 'SENT') AND bool_and(k.status IN ('SENT', 'CANCELLED') AND k.started_at IS NULL
  AND NOT EXISTS (SELECT FROM order_items AS i WHERE i.order_id = k.order_id AND i.kot_id = k.id AND i.done AND NOT i.voided))
ORDER BY o.id, k.round_id;

-- Cancels of those $2 what nobody else holds, seen by that; how many rounds.
PREPARE cancel_guest_rounds (uuid, uuid[], uuid) AS
WITH cancelled AS MATERIALIZED (
  SELECT c.order_id, c.round_id, c.kot_id FROM cancel_guest_rounds($1, $2) AS c
), noted AS (
  INSERT INTO kitchen_actions (branch_id, order_id, kot_id, staff_id, action, was, became)
  SELECT $1, c.order_id, c.kot_id, $3, 'kot-status', 'SENT', 'CANCELLED' FROM cancelled AS c
)
SELECT count(DISTINCT (c.order_id, c.round_id)) FROM cancelled AS c;

-- $2: whether guests may not order; $3: for how many minutes, NULL for until somebody opens.
PREPARE pause_ordering (uuid, boolean, integer) AS
UPDATE branches AS b SET ordering_paused = $2,
  ordering_paused_until = CASE WHEN $2 THEN clock_timestamp() + make_interval(mins => $3) END
WHERE b.id = $1
RETURNING b.ordering_paused AS is_paused, b.ordering_paused_until AS paused_until;

-- Adds the screens that are new and renews the lease of those that are not, also of rows another process took for dead.
PREPARE keep_screens (text[], uuid[], uuid[], text, timestamptz[], timestamptz[], interval) AS
INSERT INTO ws_connections (connection_id, branch_id, staff_id, instance, connected_at, last_activity, lease_expires_at)
SELECT s.connection_id, s.branch_id, s.staff_id, $4, s.connected_at, s.last_activity, now() + $7
FROM unnest($1, $2, $3, $5, $6) AS s (connection_id, branch_id, staff_id, connected_at, last_activity)
JOIN branches AS b ON b.id = s.branch_id
ON CONFLICT (connection_id) DO UPDATE
  SET last_activity = excluded.last_activity, lease_expires_at = excluded.lease_expires_at;

PREPARE drop_screens (text[], text) AS
DELETE FROM ws_connections WHERE connection_id = ANY ($1) AND instance = $2;

PREPARE drop_expired_screens AS
DELETE FROM ws_connections WHERE lease_expires_at < now();
