-- kitchen.sql: what a kitchen screen asks over HTTP. Every statement names the branch of the token.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_branch (uuid) AS
SELECT b.id, b.name, b.locality, b.timezone, b.currency, b.requires_table_token, b.pickup_names, b.adds_rounds,
  b.public_order_types::text[] AS order_types,
  b.ordering_paused AND coalesce(b.ordering_paused_until > now(), true) AS is_paused, b.ordering_paused_until AS paused_until,
  ARRAY(SELECT s.name FROM stations AS s WHERE s.branch_id = b.id ORDER BY s.position, s.name) AS stations,
  (SELECT json_object_agg(t.type, json_build_object('dueS', coalesce(a.due_s, 300), 'lateS', coalesce(a.late_s, 600)))
   FROM unnest(enum_range(NULL::order_type)) AS t (type)
   LEFT JOIN age_thresholds AS a ON a.branch_id = b.id AND a.order_type = t.type)::text AS thresholds
FROM branches AS b WHERE b.id = $1;

-- $2: whether guests may not order; $3: for how many minutes, NULL for until somebody opens.
PREPARE pause_ordering (uuid, boolean, integer) AS
UPDATE branches AS b SET ordering_paused = $2,
  ordering_paused_until = CASE WHEN $2 THEN clock_timestamp() + make_interval(mins => $3) END
WHERE b.id = $1
RETURNING b.ordering_paused AS is_paused, b.ordering_paused_until AS paused_until;

-- The list of the API: open orders all, ended ones the last 200 of each kind, of those with a time that has come. One row
-- for each, and one without an order when there is none.
PREPARE list_orders (uuid, text[]) AS
WITH shown AS (
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY')
     AND o.status::text = ANY ($2))
  UNION ALL
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status = 'COMPLETED'
     AND 'COMPLETED' = ANY ($2) AND o.completed_at < now() + interval '10 minutes' ORDER BY o.completed_at DESC LIMIT 200)
  UNION ALL
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status = 'CANCELLED'
     AND 'CANCELLED' = ANY ($2) AND o.cancelled_at < now() + interval '10 minutes' ORDER BY o.cancelled_at DESC LIMIT 200)
), bodies AS (
  SELECT s.placed_at, x.id, x.body, x.fault FROM shown AS s JOIN order_objects AS x ON x.id = s.id AND x.branch_id = $1
), head AS (
  SELECT epoch() AS epoch,
    greatest(
      coalesce((SELECT max(e.revision) FROM events AS e WHERE e.branch_id = $1), 0),
      coalesce((SELECT f.revision FROM event_floors AS f WHERE f.branch_id = $1), 0)) AS revision
)
SELECT h.epoch, h.revision, b.id AS order_id, b.body, b.fault
FROM head AS h LEFT JOIN bodies AS b ON true ORDER BY b.placed_at, b.id;
