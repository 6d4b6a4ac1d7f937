-- kitchen.sql: what a kitchen screen resumes from, and what a cook does at it. Every statement names the branch of the token.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand. What reads
-- order_objects is read from order_objects_one_by_one when that fails for its data: kds/postgres/statements.py, one_by_one().
--
-- Each change is compare-and-set, and one statement: it locks what it changes, changes it, and writes who did it into
-- kitchen_actions. It touches 0 rows when the thing is not there, not where the cook saw it, already as wanted, or when
-- the key of the request was used before. The read beside it then tells how things stand.
--
-- The order is locked first, as every writer does, or two cooks at two KOTs of one order could deadlock.

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

-- The board of a branch, whole: open orders, cancelled ones nobody has seen yet, the last 20 completed. One row for each,
-- and one without an order when there is none.
PREPARE read_snapshot (uuid) AS
WITH head AS (
  SELECT epoch() AS epoch, coalesce(e.revision, f.revision, 0) AS revision, utc(coalesce(e.created_at, f.at)) AS timestamp
  FROM (VALUES (1)) AS one
  LEFT JOIN (SELECT * FROM events WHERE branch_id = $1 ORDER BY revision DESC LIMIT 1) AS e ON true
  LEFT JOIN event_floors AS f ON f.branch_id = $1
), shown AS (
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY'))
  UNION ALL
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status = 'CANCELLED' AND NOT o.acknowledged)
  UNION ALL
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status = 'COMPLETED'
   AND o.completed_at < now() + interval '10 minutes'  -- nor those without a time: neither may push the last ones off
   ORDER BY o.completed_at DESC LIMIT 20)
), bodies AS (
  SELECT s.placed_at, x.id, x.body, x.fault FROM shown AS s JOIN order_objects AS x ON x.id = s.id AND x.branch_id = $1
)
SELECT h.epoch, h.revision, h.timestamp, b.id AS order_id, b.body, b.fault
FROM head AS h LEFT JOIN bodies AS b ON true ORDER BY b.placed_at, b.id;

-- $3: from one of these; $4: to; $5: an undo, which is no recall; $6, $7: who, and the key of the request.
PREPARE change_order_status (uuid, uuid, text[], text, boolean, uuid, text) AS
WITH present AS (
  SELECT o.id, o.status, set_config('kds.undo', CASE WHEN $5 THEN pg_current_xact_id()::text ELSE '' END, true)
  FROM orders AS o
  WHERE o.id = $1 AND o.branch_id = $2 AND o.status = ANY ($3::kitchen_status[]) AND o.status <> $4::kitchen_status
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $7)
  FOR NO KEY UPDATE
), changed AS (
  UPDATE orders AS o SET status = $4::kitchen_status FROM present AS p WHERE o.id = p.id RETURNING o.id, p.status AS was
)
INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became, action_key)
SELECT $2, c.id, $6, 'status', c.was, $4, $7 FROM changed AS c;

PREPARE change_kot_status (uuid, uuid, text[], text, boolean, uuid, text) AS
WITH locked AS (
  SELECT o.id FROM orders AS o
  WHERE o.id = (SELECT k.order_id FROM kots AS k WHERE k.id = $1) AND o.branch_id = $2
  FOR NO KEY UPDATE
), present AS (
  SELECT k.id, k.order_id, k.status, set_config('kds.undo', CASE WHEN $5 THEN pg_current_xact_id()::text ELSE '' END, true)
  FROM locked AS l JOIN kots AS k ON k.order_id = l.id
  WHERE k.id = $1 AND k.status = ANY ($3::kitchen_status[]) AND k.status <> $4::kitchen_status
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $7)
  FOR NO KEY UPDATE OF k
), changed AS (
  UPDATE kots AS k SET status = $4::kitchen_status FROM present AS p WHERE k.id = p.id
  RETURNING k.id, k.order_id, p.status AS was
)
INSERT INTO kitchen_actions (branch_id, order_id, kot_id, staff_id, action, was, became, action_key)
SELECT $2, c.order_id, c.id, $6, 'kot-status', c.was, $4, $7 FROM changed AS c;

PREPARE bump_item (uuid, uuid, uuid, boolean, uuid, text) AS
WITH present AS (
  SELECT i.id, i.done FROM order_items AS i JOIN orders AS o ON o.id = i.order_id
  WHERE i.id = $1 AND i.order_id = $2 AND o.branch_id = $3 AND i.done <> $4
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $3 AND a.action_key = $6)
  FOR NO KEY UPDATE OF i
), changed AS (
  UPDATE order_items AS i SET done = $4 FROM present AS p WHERE i.id = p.id RETURNING i.id
)
INSERT INTO kitchen_actions (branch_id, order_id, item_id, staff_id, action, was, became, action_key)
SELECT $3, $2, c.id, $5, 'item', (NOT $4)::text, $4::text, $6 FROM changed AS c;

-- $3: the priority wanted; $4: the one the cook saw, or NULL.
PREPARE change_priority (uuid, uuid, integer, integer, uuid, text) AS
WITH present AS (
  SELECT o.id, o.priority FROM orders AS o
  WHERE o.id = $1 AND o.branch_id = $2 AND o.status IN ('SENT', 'READY') AND o.priority <> $3
    AND ($4 IS NULL OR o.priority = $4)
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $6)
  FOR NO KEY UPDATE
), changed AS (
  UPDATE orders AS o SET priority = $3 FROM present AS p WHERE o.id = p.id RETURNING o.id, p.priority AS was
)
INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became, action_key)
SELECT $2, c.id, $5, 'priority', c.was::text, $3::text, $6 FROM changed AS c;

-- All of an order that is not cooked yet; one row of kitchen_actions for all its KOTs.
PREPARE hold_order (uuid, uuid, boolean, uuid, text) AS
WITH locked AS (
  SELECT o.id FROM orders AS o WHERE o.id = $1 AND o.branch_id = $2
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $5)
  FOR NO KEY UPDATE
), changed AS (
  UPDATE kots AS k SET held = $3, fired_at = CASE WHEN $3 THEN k.fired_at ELSE now() END FROM locked AS l
  WHERE k.order_id = l.id AND k.status = 'SENT' AND k.held <> $3
  RETURNING k.order_id
)
INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became, action_key)
SELECT DISTINCT $2, c.order_id, $4, 'hold', (NOT $3)::text, $3::text, $5 FROM changed AS c;

PREPARE hold_kot (uuid, uuid, boolean, uuid, text) AS
WITH locked AS (
  SELECT o.id FROM orders AS o
  WHERE o.id = (SELECT k.order_id FROM kots AS k WHERE k.id = $1) AND o.branch_id = $2
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $5)
  FOR NO KEY UPDATE
), changed AS (
  UPDATE kots AS k SET held = $3, fired_at = CASE WHEN $3 THEN k.fired_at ELSE now() END FROM locked AS l
  WHERE k.id = $1 AND k.order_id = l.id AND k.status = 'SENT' AND k.held <> $3
  RETURNING k.id, k.order_id
)
INSERT INTO kitchen_actions (branch_id, order_id, kot_id, staff_id, action, was, became, action_key)
SELECT $2, c.order_id, c.id, $4, 'kot-hold', (NOT $3)::text, $3::text, $5 FROM changed AS c;

-- After a flood: cancels what guests placed in the last $2 and no cook has finished, at most $4 at a time; seen by that.
PREPARE cancel_guest_orders (uuid, interval, uuid, integer) AS
WITH present AS (
  SELECT o.id, o.status FROM orders AS o
  WHERE o.branch_id = $1 AND o.status = 'SENT' AND o.source = 'guest' AND o.placed_at >= now() - $2
  ORDER BY o.id LIMIT $4 FOR NO KEY UPDATE
), changed AS (
  UPDATE orders AS o SET status = 'CANCELLED', acknowledged = true FROM present AS p WHERE o.id = p.id RETURNING o.id, p.status AS was
)
INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became)
SELECT $1, c.id, $3, 'status', c.was, 'CANCELLED' FROM changed AS c;

-- Takes a dish back. The sum goes down with it where it was written at order time.
PREPARE void_item (uuid, uuid, uuid, uuid, text) AS
WITH locked AS (
  SELECT o.id FROM orders AS o WHERE o.id = $2 AND o.branch_id = $3 AND o.status IN ('SENT', 'READY')
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $3 AND a.action_key = $5)
  FOR NO KEY UPDATE
), changed AS (
  UPDATE order_items AS i SET voided = true FROM locked AS l
  WHERE i.id = $1 AND i.order_id = l.id AND NOT i.voided
  RETURNING i.id, i.order_id, i.quantity::bigint * i.price_cents AS cents
), summed AS (
  -- never below 0: a till may have written less than the items cost
  UPDATE orders AS o SET total_cents = greatest(o.total_cents - c.cents, least(o.total_cents, 0)) FROM changed AS c
  WHERE o.id = c.order_id AND o.total_cents IS NOT NULL
)
INSERT INTO kitchen_actions (branch_id, order_id, item_id, staff_id, action, was, became, action_key)
SELECT $3, c.order_id, c.id, $4, 'void', 'false', 'true', $5 FROM changed AS c;

PREPARE acknowledge_void (uuid, uuid, uuid, uuid, text) AS
INSERT INTO kitchen_actions (branch_id, order_id, item_id, staff_id, action, was, became, action_key)
SELECT $3, $2, $1, $4, 'void-acknowledge', 'false', 'true', $5
WHERE NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $3 AND a.action_key = $5)
  AND acknowledge_void($1, $2, $3);

PREPARE acknowledge_order (uuid, uuid, uuid, text) AS
WITH changed AS (
  UPDATE orders SET acknowledged = true
  WHERE id = $1 AND branch_id = $2 AND status = 'CANCELLED' AND NOT acknowledged
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $4)
  RETURNING id
)
INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became, action_key)
SELECT $2, c.id, $3, 'acknowledge', 'false', 'true', $4 FROM changed AS c;

-- How things stand after a change. keyed_* is what the request's key has done before, NULL when it has done nothing: whether it was
-- the same is told by that row itself, so that every key ever used counts.
PREPARE read_order_state (uuid, uuid, text) AS
SELECT o.status::text AS status, o.priority,
  EXISTS (SELECT FROM kots AS k WHERE k.order_id = o.id AND k.status = 'SENT') AS can_hold,
  a.action AS keyed_action, coalesce(a.item_id, a.kot_id, a.order_id) AS keyed_id, a.was AS keyed_was, a.became AS keyed_became,
  o.id AS order_id, x.body, x.fault
FROM orders AS o JOIN order_objects AS x ON x.id = o.id LEFT JOIN kitchen_actions AS a ON a.branch_id = $2 AND a.action_key = $3
WHERE o.id = $1 AND o.branch_id = $2;

PREPARE read_kot_state (uuid, uuid, text) AS
SELECT k.status::text AS status,
  a.action AS keyed_action, coalesce(a.item_id, a.kot_id, a.order_id) AS keyed_id, a.was AS keyed_was, a.became AS keyed_became,
  o.id AS order_id, x.body, x.fault
FROM kots AS k JOIN orders AS o ON o.id = k.order_id JOIN order_objects AS x ON x.id = o.id
LEFT JOIN kitchen_actions AS a ON a.branch_id = $2 AND a.action_key = $3
WHERE k.id = $1 AND o.branch_id = $2;

PREPARE read_item_state (uuid, uuid, uuid, text) AS
SELECT i.done, i.voided OR k.status = 'CANCELLED' AS is_void, i.voided, o.status::text AS status,
  a.action AS keyed_action, coalesce(a.item_id, a.kot_id, a.order_id) AS keyed_id, a.was AS keyed_was, a.became AS keyed_became,
  o.id AS order_id, x.body, x.fault
FROM order_items AS i JOIN orders AS o ON o.id = i.order_id JOIN kots AS k ON k.id = i.kot_id
JOIN order_objects AS x ON x.id = o.id LEFT JOIN kitchen_actions AS a ON a.branch_id = $3 AND a.action_key = $4
WHERE i.id = $1 AND i.order_id = $2 AND o.branch_id = $3;

-- What was done to an order, oldest first; NULL when the branch never had it.
PREPARE read_history (uuid, uuid) AS
SELECT json_build_object('actions', coalesce(json_agg(json_build_object(
    'at', utc(a.at), 'action', a.action, 'was', a.was, 'became', a.became, 'username', s.username,
    'kotId', a.kot_id, 'itemId', a.item_id) ORDER BY a.id) FILTER (WHERE a.id IS NOT NULL), '[]'))::text AS body
FROM (SELECT $1::uuid AS order_id WHERE EXISTS (SELECT FROM orders AS o WHERE o.id = $1 AND o.branch_id = $2)
  OR EXISTS (SELECT FROM kitchen_actions AS a WHERE a.order_id = $1 AND a.branch_id = $2)) AS wanted
LEFT JOIN kitchen_actions AS a ON a.order_id = wanted.order_id AND a.branch_id = $2
LEFT JOIN staff AS s ON s.id = a.staff_id
GROUP BY wanted.order_id;

PREPARE prune_actions (interval) AS
DELETE FROM kitchen_actions WHERE at < clock_timestamp() - $1;

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
