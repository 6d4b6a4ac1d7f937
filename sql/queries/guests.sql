-- guests.sql: what the customer's pages ask and do.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_menu (uuid) AS
SELECT m.id, m.name, m.description, m.section, m.station, m.price_cents, m.available AS is_offered, NOT t.is_sold_out AS available,
  t.remaining, t.back_at, m.allergens, m.modifiers::text AS modifiers
FROM menu_items AS m JOIN dish_states AS t ON t.menu_item_id = m.id WHERE m.branch_id = $1 ORDER BY m.position, m.name;

-- A number for the moment at which this transaction reads: of two readings, on any process, the later has no lower one, and a
-- higher one when something committed between them. As long as fewer than 1,024 transactions run at once.
PREPARE read_moment AS
SELECT pg_snapshot_xmax(s.present)::text::bigint * 1024 - least(1023, (SELECT count(*) FROM pg_snapshot_xip(s.present))) AS moment
FROM (SELECT pg_current_snapshot() AS present) AS s;

-- What a guest's order must pass, and those of its dishes $4 that are on the menu: one row for each, one without a dish when
-- none is. open_orders counts to the limit and no further, and not what nobody ever bumped.
-- $2: the limit where the branch has none of its own; $3: the table, whose code has been renewed up to table_generation;
-- $5: the key of the request, is_repeat when it was used before; $6: whether the order may join another of its table, joins
-- being the one that place_guest_round() of rounds.sql will find.
PREPARE read_door (uuid, integer, text, uuid[], text, boolean) AS
WITH door AS MATERIALIZED (
  SELECT b.id AS branch_id, b.currency, b.requires_table_token, b.adds_rounds, b.public_order_types::text[] AS order_types,
    b.guest_orders_per_minute, coalesce(b.guest_orders_open_max, $2) AS open_max,
    b.ordering_paused AND coalesce(b.ordering_paused_until > now(), true) AS is_paused,
    to_char(b.ordering_paused_until AT TIME ZONE b.timezone, 'HH24:MI') AS paused_until,
    (SELECT count(*) FROM (
       SELECT FROM orders AS o
       WHERE o.branch_id = b.id AND o.status IN ('SENT', 'READY') AND o.source = 'guest' AND o.placed_at > now() - interval '6 hours'
       LIMIT coalesce(b.guest_orders_open_max, $2)) AS open) AS open_orders,
    coalesce((SELECT max(t.generation) FROM table_codes AS t WHERE t.branch_id = b.id AND t.table_label IN ('', $3)), 0)
      AS table_generation,
    EXISTS (SELECT FROM idempotency_keys AS i WHERE i.branch_id = b.id AND i.key = $5) AS is_repeat,
    CASE WHEN b.adds_rounds AND $6 THEN (
      SELECT o.id FROM orders AS o
      WHERE o.branch_id = b.id AND o.table_label = $3 AND o.order_type = 'dine_in' AND o.status IN ('SENT', 'READY')
        AND o.placed_at BETWEEN now() - interval '12 hours' AND now() + interval '12 hours' AND o.due_at IS NULL AND o.paid_at IS NULL
      ORDER BY o.placed_at DESC LIMIT 1) END AS joins
  FROM branches AS b WHERE b.id = $1
)
SELECT d.*, m.id, m.name, m.station, m.price_cents, NOT t.is_sold_out AS available, t.remaining, m.allergens,
  m.modifiers::text AS modifiers
FROM door AS d LEFT JOIN (menu_items AS m JOIN dish_states AS t ON t.menu_item_id = m.id)
  ON m.branch_id = d.branch_id AND m.id = ANY ($4);

-- Claims the key $2, places, keeps the answer: is_new, request_hash and answer of whoever used the key first. More of a dish than
-- is left is refused here and not in place_once(), which code of a version that knows no such answer calls beside this one.
PREPARE place_once (uuid, text, bytea, uuid, text, text, text, text, integer, text, boolean, uuid, text, text) AS
SELECT p.is_new, p.request_hash, p.answer,
  CASE WHEN p.is_new AND current_setting('kds.counted', true) = transaction_mark() THEN check_stock($1)::text END AS checked
FROM place_once($1, $2, $3, $4, $5, $6::order_type, $7, $8, $9, $10::jsonb, $11, $12, $13, $14) AS p;

PREPARE answer_again (uuid, text) AS
SELECT a.request_hash, a.answer FROM answer_again($1, $2) AS a;

PREPARE prune_keys AS
DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours';

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
