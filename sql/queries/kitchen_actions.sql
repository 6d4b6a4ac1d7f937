-- kitchen_actions.sql: what a cook does to an order, what was done, and how things stand. Every statement names the branch of the token.
--
-- Each change is compare-and-set, and one statement: it locks what it changes, changes it, and writes who did it into
-- kitchen_actions. It touches 0 rows when the thing is not there, not where the cook saw it, already as wanted, or when
-- the key of the request was used before. The read beside it then tells how things stand, and remember_action keeps the key.
--
-- The order is locked first, as every writer does, or two cooks at two KOTs of one order could deadlock. What reads
-- order_objects is read from order_objects_one_by_one when that fails for its data: kds/postgres/statements.py, one_by_one().

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
