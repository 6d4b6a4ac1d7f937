-- guests.sql: what the customer's pages ask and do.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_menu (uuid) AS
SELECT m.id, m.name, m.description, m.section, m.station, m.price_cents, m.available, m.allergens, m.modifiers::text AS modifiers
FROM menu_items AS m WHERE m.branch_id = $1 ORDER BY m.position, m.name;

-- A number for the moment at which this transaction reads: of two readings, on any process, the later has no lower one, and a
-- higher one when something committed between them. As long as fewer than 1,024 transactions run at once.
PREPARE read_moment AS
SELECT pg_snapshot_xmax(s.present)::text::bigint * 1024 - least(1023, (SELECT count(*) FROM pg_snapshot_xip(s.present))) AS moment
FROM (SELECT pg_current_snapshot() AS present) AS s;

PREPARE read_dishes (uuid, uuid[]) AS
SELECT m.id, m.name, m.station, m.price_cents, m.available, m.allergens, m.modifiers::text AS modifiers
FROM menu_items AS m WHERE m.branch_id = $1 AND m.id = ANY ($2);

-- What a guest's order must pass; open_orders counts to the limit and no further, and not what nobody ever bumped.
-- $2: the limit where the branch has none of its own; $3: the table, whose code has been renewed up to table_generation.
PREPARE read_door (uuid, integer, text) AS
SELECT b.id, b.currency, b.requires_table_token, b.adds_rounds, b.public_order_types::text[] AS order_types,
  b.guest_orders_per_minute, coalesce(b.guest_orders_open_max, $2) AS open_max,
  b.ordering_paused AND coalesce(b.ordering_paused_until > now(), true) AS is_paused,
  to_char(b.ordering_paused_until AT TIME ZONE b.timezone, 'HH24:MI') AS paused_until,
  (SELECT count(*) FROM (
     SELECT FROM orders AS o
     WHERE o.branch_id = b.id AND o.status IN ('SENT', 'READY') AND o.source = 'guest' AND o.placed_at > now() - interval '6 hours'
     LIMIT coalesce(b.guest_orders_open_max, $2)) AS open) AS open_orders,
  coalesce((SELECT max(t.generation) FROM table_codes AS t WHERE t.branch_id = b.id AND t.table_label IN ('', $3)), 0)
    AS table_generation
FROM branches AS b WHERE b.id = $1;

-- No row when the key is taken; waits for a transaction that is just using it.
PREPARE claim_key (uuid, text, bytea) AS
INSERT INTO idempotency_keys (branch_id, key, request_hash) VALUES ($1, $2, $3)
ON CONFLICT (branch_id, key) DO NOTHING RETURNING true;

PREPARE read_answer (uuid, text) AS
SELECT i.request_hash, i.answer FROM idempotency_keys AS i WHERE i.branch_id = $1 AND i.key = $2;

PREPARE keep_answer (uuid, text, text) AS
UPDATE idempotency_keys SET answer = $3 WHERE branch_id = $1 AND key = $2;

PREPARE prune_keys AS
DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours';

PREPARE place_order (uuid, uuid, text, text, text, text, integer, text) AS
SELECT place_order($1, $2, $3, $4::order_type, $5, $6, $7, $8::jsonb);

-- order_id, order_number and total_cents of the order that the lines became part of, as the round $8 when it was another.
PREPARE place_guest_round (uuid, uuid, text, text, text, integer, text, uuid) AS
SELECT * FROM place_guest_round($1, $2, $3, $4, $5, $6, $7::jsonb, $8);

-- $2: the round of the link; NULL is the order's own.
PREPARE cancel_unstarted_round (uuid, uuid) AS
SELECT cancel_unstarted_round($1, $2);

-- The order with the head of its branch: live messages up to it say nothing newer. own_kots: the tickets that the link of
-- the round $2, or the order's own, may show; NULL is all of them. own_cancelled_at: when the last of those was cancelled.
PREPARE read_tracked_order (uuid, uuid) AS
SELECT x.branch_id, x.id AS order_id, x.body, x.fault, own.kots AS own_kots, own.cancelled_at AS own_cancelled_at,
  greatest(
    coalesce((SELECT max(e.revision) FROM events AS e WHERE e.branch_id = x.branch_id), 0),
    coalesce((SELECT f.revision FROM event_floors AS f WHERE f.branch_id = x.branch_id), 0)) AS revision
FROM order_objects AS x
CROSS JOIN LATERAL (
  SELECT CASE WHEN $2 IS NOT NULL OR bool_or(k.round_id IS NOT NULL)
      THEN coalesce(array_agg(k.id::text) FILTER (WHERE k.round_id IS NOT DISTINCT FROM $2), '{}') END AS kots,
    utc(max(k.cancelled_at) FILTER (WHERE k.round_id IS NOT DISTINCT FROM $2)) AS cancelled_at
  FROM kots AS k WHERE k.order_id = x.id) AS own
WHERE x.id = $1;
