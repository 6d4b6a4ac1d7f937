-- kitchen.sql: what a kitchen screen resumes from, and what a cook does at it. Every statement names the branch of the token.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand. What reads
-- order_objects is read from order_objects_one_by_one when that fails for its data: kds/postgres/statements.py, one_by_one().
--
-- Each change is compare-and-set, and one statement: it locks what it changes, changes it, and writes who did it into
-- kitchen_actions. It touches 0 rows when the thing is not there, not where the cook saw it, already as wanted, or when
-- the key of the request was used before. The read beside it then tells how things stand, and remember_action keeps the key.
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

-- $3: from one of these; $4: to; $5: an undo, which is no recall; $6: why it is cancelled, or NULL; $7, $8: who, and the key of
-- the request.
PREPARE change_order_status (uuid, uuid, text[], text, boolean, text, uuid, text) AS
WITH present AS (
  SELECT o.id, o.status, set_config('kds.undo', CASE WHEN $5 THEN pg_current_xact_id()::text ELSE '' END, true)
  FROM orders AS o
  WHERE o.id = $1 AND o.branch_id = $2 AND o.status = ANY ($3::kitchen_status[]) AND o.status <> $4::kitchen_status
    -- another cook was first, and the rest of it waits
    AND ($4 <> 'READY' OR o.status <> 'SENT' OR is_ready_as_whole(o.id) IS NOT NULL)
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $8)
  FOR NO KEY UPDATE
), changed AS (
  UPDATE orders AS o SET status = $4::kitchen_status, cancel_reason = coalesce($6::void_reason, o.cancel_reason)
  FROM present AS p WHERE o.id = p.id RETURNING o.id, p.status AS was
)
INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became, action_key, undo, reason)
SELECT $2, c.id, $7, 'status', c.was, $4, $8, $5, $6::void_reason FROM changed AS c;

PREPARE change_kot_status (uuid, uuid, text[], text, boolean, text, uuid, text) AS
WITH locked AS (
  SELECT o.id FROM orders AS o
  WHERE o.id = (SELECT k.order_id FROM kots AS k WHERE k.id = $1) AND o.branch_id = $2
  FOR NO KEY UPDATE
), present AS (
  SELECT k.id, k.order_id, k.status, set_config('kds.undo', CASE WHEN $5 THEN pg_current_xact_id()::text ELSE '' END, true)
  FROM locked AS l JOIN kots AS k ON k.order_id = l.id
  WHERE k.id = $1 AND k.status = ANY ($3::kitchen_status[]) AND k.status <> $4::kitchen_status
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $8)
  FOR NO KEY UPDATE OF k
), changed AS (
  UPDATE kots AS k SET status = $4::kitchen_status FROM present AS p WHERE k.id = p.id
  RETURNING k.id, k.order_id, p.status AS was
)
INSERT INTO kitchen_actions (branch_id, order_id, kot_id, staff_id, action, was, became, action_key, undo, reason)
SELECT $2, c.order_id, c.id, $7, 'kot-status', c.was, $4, $8, $5, $6::void_reason FROM changed AS c;

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
-- What a cook fires is written down with what each KOT waited for, so that it can be taken back: {"<kot>": {"waitsFor": ["COURSE"],
-- "fireAt": ..., "firedBefore": ..., "firedAt": ..., "later": true where the boards only counted its order}}. It is read under its lock.
PREPARE hold_order (uuid, uuid, boolean, uuid, text) AS
WITH locked AS (
  SELECT o.id, o.due_at IS NOT NULL AND o.lead_s IS NULL AS is_later FROM orders AS o WHERE o.id = $1 AND o.branch_id = $2
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $5)
  FOR NO KEY UPDATE
), before AS (
  SELECT k.id, k.waits_for, k.fire_at, k.fired_at, l.is_later FROM kots AS k JOIN locked AS l ON l.id = k.order_id
  WHERE k.status = 'SENT' AND k.held <> $3
  FOR NO KEY UPDATE OF k
), changed AS (
  UPDATE kots AS k SET held = $3, fired_at = CASE WHEN $3 THEN k.fired_at ELSE now() END FROM before AS b
  WHERE k.id = b.id AND k.order_id = $1 AND k.status = 'SENT' AND k.held <> $3
  RETURNING k.order_id, k.id, jsonb_strip_nulls(jsonb_build_object('waitsFor', b.waits_for, 'fireAt', b.fire_at, 'firedBefore', b.fired_at,
    'firedAt', k.fired_at, 'later', nullif(b.is_later, false))) AS waited
)
INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became, action_key, waited)
SELECT $2, c.order_id, $4, 'hold', (NOT $3)::text, $3::text, $5, CASE WHEN NOT $3 THEN jsonb_object_agg(c.id, c.waited) END
FROM changed AS c GROUP BY c.order_id;

PREPARE hold_kot (uuid, uuid, boolean, uuid, text) AS
WITH locked AS (
  SELECT o.id, o.due_at IS NOT NULL AND o.lead_s IS NULL AS is_later FROM orders AS o
  WHERE o.id = (SELECT k.order_id FROM kots AS k WHERE k.id = $1) AND o.branch_id = $2
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $5)
  FOR NO KEY UPDATE
), before AS (
  SELECT k.id, k.waits_for, k.fire_at, k.fired_at, l.is_later FROM kots AS k JOIN locked AS l ON l.id = k.order_id
  WHERE k.id = $1 AND k.status = 'SENT' AND k.held <> $3
  FOR NO KEY UPDATE OF k
), changed AS (
  UPDATE kots AS k SET held = $3, fired_at = CASE WHEN $3 THEN k.fired_at ELSE now() END FROM before AS b
  WHERE k.id = $1 AND k.id = b.id AND k.status = 'SENT' AND k.held <> $3
  RETURNING k.order_id, k.id, jsonb_strip_nulls(jsonb_build_object('waitsFor', b.waits_for, 'fireAt', b.fire_at, 'firedBefore', b.fired_at,
    'firedAt', k.fired_at, 'later', nullif(b.is_later, false))) AS waited
)
INSERT INTO kitchen_actions (branch_id, order_id, kot_id, staff_id, action, was, became, action_key, waited)
SELECT $2, c.order_id, c.id, $4, 'kot-hold', (NOT $3)::text, $3::text, $5, CASE WHEN NOT $3 THEN jsonb_build_object(c.id, c.waited) END
FROM changed AS c;

-- Fires course $3 of an order, or, when that is NULL, the first that waits; whatever it waits for. Two cooks who press at once mean
-- the same course: who comes within 3 s of another finds it done, unless that fire was taken back meanwhile.
PREPARE fire_order (uuid, uuid, integer, uuid, text) AS
WITH locked AS (
  SELECT o.id, o.due_at IS NOT NULL AND o.lead_s IS NULL AS is_later FROM orders AS o WHERE o.id = $1 AND o.branch_id = $2
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $5)
    AND ($3 IS NOT NULL OR NOT EXISTS (
      SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.order_id = o.id AND a.action = 'fire' AND a.became = 'next' AND a.changed
        AND a.at > clock_timestamp() - interval '3 seconds'
        -- and was not taken back, or held again; what was written before version 35 does not say
        AND (a.waited IS NULL OR EXISTS (
          SELECT FROM kots AS k
          WHERE k.order_id = o.id AND NOT k.held AND k.fired_at = (a.waited -> k.id::text ->> 'firedAt')::timestamptz))))
  FOR NO KEY UPDATE
), next AS (
  SELECT l.id, l.is_later, coalesce($3, (SELECT min(coalesce(k.course, 1)) FROM kots AS k WHERE k.order_id = l.id AND k.held)) AS course
  FROM locked AS l
), before AS (
  SELECT k.id, k.waits_for, k.fire_at, k.fired_at, n.is_later FROM kots AS k JOIN next AS n ON n.id = k.order_id
  WHERE k.status = 'SENT' AND k.held AND coalesce(k.course, 1) = n.course
  FOR NO KEY UPDATE OF k
), changed AS (
  UPDATE kots AS k SET held = false FROM before AS b
  WHERE k.id = b.id AND k.order_id = $1 AND k.status = 'SENT' AND k.held
  RETURNING k.order_id, k.id, jsonb_strip_nulls(jsonb_build_object('waitsFor', b.waits_for, 'fireAt', b.fire_at, 'firedBefore', b.fired_at,
    'firedAt', k.fired_at, 'later', nullif(b.is_later, false))) AS waited
)
INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became, action_key, waited)
SELECT $2, c.order_id, $4, 'fire', 'held', coalesce($3::text, 'next'), $5, jsonb_object_agg(c.id, c.waited)
FROM changed AS c GROUP BY c.order_id;

-- Takes back what cook $3 fired last, of an order or of one KOT; a repeat of its key $4 finds it done.
PREPARE take_back_order_fire (uuid, uuid, uuid, text) AS
INSERT INTO kitchen_actions (branch_id, order_id, staff_id, action, was, became, action_key, undo)
SELECT $2, $1, $3, 'hold', 'false', 'true', $4, true
WHERE NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $4)
  AND take_back_fire($1, NULL, $2, $3) > 0;

PREPARE take_back_kot_fire (uuid, uuid, uuid, text) AS
INSERT INTO kitchen_actions (branch_id, order_id, kot_id, staff_id, action, was, became, action_key, undo)
SELECT $2, k.order_id, k.id, $3, 'kot-hold', 'false', 'true', $4, true FROM kots AS k
WHERE k.id = $1 AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $4)
  AND take_back_fire(k.order_id, k.id, $2, $3) > 0;

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
HAVING max(k.sent_at) >= now() - $2 AND bool_or(k.status = 'SENT') AND bool_and(k.status IN ('SENT', 'CANCELLED') AND k.started_at IS NULL
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

-- Takes a dish back, for the reason $4 or NULL. A written sum goes down with it, see sums.sql.
PREPARE void_item (uuid, uuid, uuid, text, uuid, text) AS
WITH locked AS (
  SELECT o.id FROM orders AS o WHERE o.id = $2 AND o.branch_id = $3 AND o.status IN ('SENT', 'READY')
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $3 AND a.action_key = $6)
  FOR NO KEY UPDATE
), changed AS (
  UPDATE order_items AS i SET voided = true, void_reason = $4::void_reason FROM locked AS l
  WHERE i.id = $1 AND i.order_id = l.id AND NOT i.voided
  RETURNING i.id, i.order_id
)
INSERT INTO kitchen_actions (branch_id, order_id, item_id, staff_id, action, was, became, action_key, reason)
SELECT $3, c.order_id, c.id, $5, 'void', 'false', 'true', $6, $4::void_reason FROM changed AS c;

-- Has a dish that was cooked cooked again.
PREPARE refire_item (uuid, uuid, uuid, text, uuid, text) AS
INSERT INTO kitchen_actions (branch_id, order_id, item_id, staff_id, action, was, became, action_key, reason)
SELECT $3, $2, $1, $5, 'refire', 'false', 'true', $6, $4::void_reason
WHERE NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $3 AND a.action_key = $6)
  AND refire_item($1, $2, $3);

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

-- A cook has seen what changed of a line; $4: the `at` of the mark that the cook saw, or NULL.
PREPARE see_line_change (uuid, uuid, uuid, text, uuid, text) AS
WITH locked AS (
  SELECT o.id FROM orders AS o WHERE o.id = $2 AND o.branch_id = $3
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $3 AND a.action_key = $6)
  FOR NO KEY UPDATE
), seen AS (
  UPDATE order_items AS i SET changed = NULL FROM locked AS l
  WHERE i.id = $1 AND i.order_id = l.id AND NOT i.voided AND i.changed IS NOT NULL AND ($4 IS NULL OR i.changed ->> 'at' = $4)
  RETURNING i.id, i.order_id
)
INSERT INTO kitchen_actions (branch_id, order_id, item_id, staff_id, action, was, became, action_key)
SELECT $3, s.order_id, s.id, $5, 'change-seen', 'false', 'true', $6 FROM seen AS s;

-- The same of a KOT: another table, another note of its order.
PREPARE see_kot_change (uuid, uuid, text, uuid, text) AS
WITH locked AS (
  SELECT o.id FROM orders AS o
  WHERE o.id = (SELECT k.order_id FROM kots AS k WHERE k.id = $1) AND o.branch_id = $2
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $2 AND a.action_key = $5)
  FOR NO KEY UPDATE
), seen AS (
  UPDATE kots AS k SET changed = NULL FROM locked AS l
  WHERE k.id = $1 AND k.order_id = l.id AND k.changed IS NOT NULL AND ($3 IS NULL OR k.changed ->> 'at' = $3)
  RETURNING k.id, k.order_id
)
INSERT INTO kitchen_actions (branch_id, order_id, kot_id, staff_id, action, was, became, action_key)
SELECT $2, s.order_id, s.id, $4, 'kot-change-seen', 'false', 'true', $5 FROM seen AS s;

-- How things stand after a change.
PREPARE read_order_state (uuid, uuid) AS
SELECT o.status::text AS status, o.priority,
  EXISTS (SELECT FROM kots AS k WHERE k.order_id = o.id AND k.status = 'SENT') AS can_hold,
  NOT EXISTS (SELECT FROM kots AS k WHERE k.order_id = o.id AND k.status = 'SENT' AND NOT k.held) AS is_held,
  o.id AS order_id, x.body, x.fault
FROM orders AS o JOIN order_objects AS x ON x.id = o.id
WHERE o.id = $1 AND o.branch_id = $2;

PREPARE read_kot_state (uuid, uuid) AS
SELECT k.status::text AS status, k.held AS is_held, k.changed IS NOT NULL AS is_marked, o.id AS order_id, x.body, x.fault
FROM kots AS k JOIN orders AS o ON o.id = k.order_id JOIN order_objects AS x ON x.id = o.id
WHERE k.id = $1 AND o.branch_id = $2;

PREPARE read_item_state (uuid, uuid, uuid) AS
SELECT i.done, i.voided OR k.status = 'CANCELLED' AS is_void, i.voided, o.status::text AS status,
  i.done OR k.status IN ('READY', 'COMPLETED') AS is_cooked,
  EXISTS (SELECT FROM order_items AS a JOIN kots AS t ON t.id = a.kot_id
          WHERE a.order_id = i.order_id AND a.part_of IN (i.id, CASE WHEN i.refire THEN i.part_of END) AND a.refire AND NOT a.voided
            AND NOT a.done AND t.status = 'SENT') AS is_refired,
  i.changed IS NOT NULL AND NOT i.voided AS is_marked, o.id AS order_id, x.body, x.fault
FROM order_items AS i JOIN orders AS o ON o.id = i.order_id JOIN kots AS k ON k.id = i.kot_id
JOIN order_objects AS x ON x.id = o.id
WHERE i.id = $1 AND i.order_id = $2 AND o.branch_id = $3;

-- The key $9 of a request that changed nothing, with what was asked, and $11: why it was refused, or NULL. A key that was used
-- before stays as it is, and its row is what comes back; it is written all the same, so that this commit waits for what the
-- first one waited for.
PREPARE remember_action (uuid, uuid, uuid, uuid, uuid, text, text, text, text, boolean, text) AS
INSERT INTO kitchen_actions AS a
  (branch_id, order_id, kot_id, item_id, staff_id, action, was, became, action_key, undo, refusal, changed)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, false FROM commit_as_announced()
ON CONFLICT (branch_id, action_key) DO UPDATE SET action_key = a.action_key
RETURNING a.action, coalesce(a.item_id, a.kot_id, a.order_id) AS thing_id, a.was, a.became, a.undo, a.refusal;

-- What was done to an order, oldest first; NULL when the branch never had it.
PREPARE read_history (uuid, uuid) AS
SELECT json_build_object('actions', coalesce(json_agg(json_build_object(
    'at', utc(a.at), 'action', a.action, 'was', a.was, 'became', a.became, 'username', s.username,
    'actorKind', coalesce(a.actor_kind, 'staff'), 'actorName', coalesce(a.actor_name, s.username), 'reason', a.reason,
    'kotId', a.kot_id, 'itemId', a.item_id) ORDER BY a.id) FILTER (WHERE a.id IS NOT NULL), '[]'))::text AS body
FROM (SELECT $1::uuid AS order_id WHERE EXISTS (SELECT FROM orders AS o WHERE o.id = $1 AND o.branch_id = $2)
  OR EXISTS (SELECT FROM kitchen_actions AS a WHERE a.order_id = $1 AND a.branch_id = $2)) AS wanted
LEFT JOIN kitchen_actions AS a ON a.order_id = wanted.order_id AND a.branch_id = $2 AND a.changed
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

PREPARE read_dishes (uuid) AS
SELECT t.menu_item_id, t.name, t.section, t.station, t.is_sold_out, t.remaining, t.back_at
FROM dish_states AS t WHERE t.branch_id = $1 ORDER BY t.position, t.name;

-- A dish of the menu is sold out ($3), counted down from $4, or neither; for $5 minutes, until the next business day starts ($6), or
-- until somebody changes it. $7: what kitchen_actions says of it; $8, $9: who, and the key of the request. One that the menu
-- itself has as not available is available with that. Told also where stock.sql would be silent: 5 are left, no more 7.
PREPARE change_dish (uuid, uuid, boolean, integer, integer, boolean, text, uuid, text) AS
WITH wanted AS (
  SELECT m.id, m.available, CASE WHEN t.is_sold_out THEN 'sold out' ELSE coalesce(t.remaining || ' left', 'available') END AS was,
    CASE WHEN $6 THEN (business_day(b.timezone, b.day_starts_at) + 1 + b.day_starts_at) AT TIME ZONE b.timezone
      ELSE clock_timestamp() + make_interval(mins => $5) END AS back_at
  FROM menu_items AS m JOIN branches AS b ON b.id = m.branch_id JOIN dish_states AS t ON t.menu_item_id = m.id
  WHERE m.id = $2 AND m.branch_id = $1
    AND NOT EXISTS (SELECT FROM kitchen_actions AS a WHERE a.branch_id = $1 AND a.action_key = $9)
  FOR NO KEY UPDATE OF m  -- before its row of dish_stock, as one who renames or removes it
), lifted AS (
  DELETE FROM dish_stock AS s USING wanted AS w WHERE s.menu_item_id = w.id AND NOT $3 AND $4 IS NULL
), counted AS (
  INSERT INTO dish_stock AS s (menu_item_id, sold_out, remaining, back_at)
  SELECT w.id, $3, $4, w.back_at FROM wanted AS w WHERE $3 OR $4 IS NOT NULL
  ON CONFLICT (menu_item_id) DO UPDATE
    SET sold_out = excluded.sold_out, remaining = excluded.remaining, oversold = 0, back_at = excluded.back_at
), offered AS (
  UPDATE menu_items AS m SET available = true FROM wanted AS w WHERE m.id = w.id AND NOT w.available AND NOT $3
)
INSERT INTO kitchen_actions (branch_id, menu_item_id, staff_id, action, was, became, action_key)
SELECT $1, w.id, $8, 'dish', w.was, $7, $9
FROM wanted AS w, pg_notify('kds_control', json_build_object('type', 'MENU_CHANGED', 'branchId', $1)::text);

-- Written as it is, so that this commit waits for what that of the first request waited for.
PREPARE read_dish_key (uuid, text) AS
UPDATE kitchen_actions AS a SET action_key = a.action_key FROM commit_as_announced()
WHERE a.branch_id = $1 AND a.action_key = $2 RETURNING a.action, a.menu_item_id, a.became;

-- One dish whose time has come is as before: one at a time, by whichever process comes first. Whether there was one.
PREPARE bring_dish_back AS
DELETE FROM dish_stock AS s WHERE s.menu_item_id = (
  SELECT d.menu_item_id FROM dish_stock AS d WHERE d.back_at <= clock_timestamp() LIMIT 1 FOR UPDATE SKIP LOCKED);

-- In how many seconds the next one comes back; NULL when none does.
PREPARE next_dish_back AS
SELECT extract(epoch FROM min(d.back_at) - clock_timestamp())::float8 FROM dish_stock AS d;
