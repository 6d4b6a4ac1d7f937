-- actions.sql: what a cook does at a board. Every statement names the branch of the token.
--
-- Each change is compare-and-set, and one statement: it locks what it changes, changes it, and writes who did it into
-- kitchen_actions. It touches 0 rows when the thing is not there, not where the cook saw it, already as wanted, or when
-- the key of the request was used before. The read beside it then tells how things stand, and what that key did.
--
-- The order is locked first, as every writer does, or two cooks at two KOTs of one order could deadlock.

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
