-- kitchen.sql: what a kitchen screen asks and does over HTTP. Every statement names the branch of the token.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_branch (uuid) AS
SELECT b.id, b.name, b.locality, b.timezone, b.currency, b.requires_table_token, b.pickup_names, b.adds_rounds,
  ARRAY(SELECT s.name FROM stations AS s WHERE s.branch_id = b.id ORDER BY s.position, s.name) AS stations,
  (SELECT json_object_agg(t.type, json_build_object('dueS', coalesce(a.due_s, 300), 'lateS', coalesce(a.late_s, 600)))
   FROM unnest(enum_range(NULL::order_type)) AS t (type)
   LEFT JOIN age_thresholds AS a ON a.branch_id = b.id AND a.order_type = t.type)::text AS thresholds
FROM branches AS b WHERE b.id = $1;

-- The list of the API: open orders all, ended ones the last 200 of each kind.
PREPARE list_orders (uuid, text[]) AS
WITH shown AS (
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY')
     AND o.status::text = ANY ($2))
  UNION ALL
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status = 'COMPLETED'
     AND 'COMPLETED' = ANY ($2) ORDER BY o.completed_at DESC LIMIT 200)
  UNION ALL
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status = 'CANCELLED'
     AND 'CANCELLED' = ANY ($2) ORDER BY o.cancelled_at DESC LIMIT 200)
)
SELECT epoch() AS epoch,
  greatest(
    coalesce((SELECT max(e.revision) FROM events AS e WHERE e.branch_id = $1), 0),
    coalesce((SELECT f.revision FROM event_floors AS f WHERE f.branch_id = $1), 0)) AS revision,
  ARRAY(SELECT order_object(s.id, $1)::text FROM shown AS s ORDER BY s.placed_at, s.id) AS orders;

PREPARE read_order (uuid, uuid) AS
SELECT order_object($1, $2)::text AS body;

PREPARE read_order_status (uuid, uuid) AS
SELECT o.status::text AS status, order_object(o.id, o.branch_id)::text AS body
FROM orders AS o WHERE o.id = $1 AND o.branch_id = $2;

-- Compare-and-set: 1 row when the order of branch $2 was at one of $3 and is now $4.
PREPARE change_order_status (uuid, uuid, text[], text) AS
UPDATE orders SET status = $4::kitchen_status
WHERE id = $1 AND branch_id = $2 AND status = ANY ($3::kitchen_status[]) AND status <> $4::kitchen_status;

PREPARE read_kot_status (uuid, uuid) AS
SELECT k.status::text AS status, order_object(o.id, o.branch_id)::text AS body
FROM kots AS k JOIN orders AS o ON o.id = k.order_id WHERE k.id = $1 AND o.branch_id = $2;

-- The order is locked first, as every writer does, or two cooks at two KOTs of one order could deadlock.
PREPARE change_kot_status (uuid, uuid, text[], text) AS
WITH locked AS (
  SELECT o.id FROM orders AS o
  WHERE o.id = (SELECT k.order_id FROM kots AS k WHERE k.id = $1) AND o.branch_id = $2
  FOR NO KEY UPDATE
)
UPDATE kots AS k SET status = $4::kitchen_status FROM locked
WHERE k.id = $1 AND k.order_id = locked.id
  AND k.status = ANY ($3::kitchen_status[]) AND k.status <> $4::kitchen_status;

PREPARE bump_item (uuid, uuid, uuid, boolean) AS
UPDATE order_items AS i SET done = $4 FROM orders AS o
WHERE i.id = $1 AND i.order_id = $2 AND o.id = i.order_id AND o.branch_id = $3 AND i.done <> $4;

PREPARE read_item (uuid, uuid, uuid) AS
SELECT i.done, order_object(o.id, o.branch_id)::text AS body
FROM order_items AS i JOIN orders AS o ON o.id = i.order_id
WHERE i.id = $1 AND i.order_id = $2 AND o.branch_id = $3;

PREPARE acknowledge_order (uuid, uuid) AS
UPDATE orders SET acknowledged = true WHERE id = $1 AND branch_id = $2 AND status = 'CANCELLED' AND NOT acknowledged;
