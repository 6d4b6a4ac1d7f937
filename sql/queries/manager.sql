-- manager.sql: what a manager does away from the kitchen.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

-- The tables that orders of the last 60 days name.
PREPARE read_tables (uuid) AS
SELECT DISTINCT o.table_label FROM orders AS o
WHERE o.branch_id = $1 AND o.business_day > current_date - 60 AND o.table_label IS NOT NULL;

-- Makes the codes of these tables anew; '' is all tables.
PREPARE renew_table_codes (uuid, text[]) AS
INSERT INTO table_codes AS t (branch_id, table_label, generation)
SELECT $1, asked.table_label, greatest(extract(epoch FROM clock_timestamp())::bigint,
  (SELECT max(k.generation) + 1 FROM table_codes AS k
   WHERE k.branch_id = $1 AND (asked.table_label = '' OR k.table_label IN ('', asked.table_label))))
FROM (SELECT DISTINCT u.table_label FROM unnest($2) AS u (table_label)) AS asked ORDER BY asked.table_label
ON CONFLICT (branch_id, table_label) DO UPDATE
  SET generation = greatest(t.generation + 1, excluded.generation), renewed_at = clock_timestamp();

-- Who works in branch $1, the highest rank first; of their other branches those where the member $2 works too, who may change
-- their login as a whole only with a higher rank wherever it works.
PREPARE list_members (uuid, uuid) AS
SELECT s.id AS "staffId", s.username, m.role::text AS role, s.active, s.id = $2 AS "isYou", c.at AS "changedAt",
  NOT EXISTS (SELECT FROM staff_members AS o LEFT JOIN staff_members AS a ON a.staff_id = $2 AND a.branch_id = o.branch_id
   WHERE o.staff_id = s.id AND coalesce(staff_rank(a.role), 0) <= staff_rank(o.role)) AS "mayChangeLogin",
  (SELECT count(*) FROM ws_connections AS w
   WHERE w.staff_id = s.id AND w.branch_id = $1 AND w.lease_expires_at > now()) AS screens,
  (SELECT coalesce(json_agg(json_build_object('branchId', b.id, 'name', b.name, 'role', o.role) ORDER BY b.name, b.id), '[]')
   FROM staff_members AS o JOIN branches AS b ON b.id = o.branch_id
   WHERE o.staff_id = s.id AND EXISTS (SELECT FROM staff_members AS a WHERE a.staff_id = $2 AND a.branch_id = o.branch_id))::text AS branches
FROM staff_members AS m JOIN staff AS s ON s.id = m.staff_id
LEFT JOIN (SELECT k.staff_id, max(k.at) AS at FROM staff_changes AS k WHERE k.branch_id = $1 GROUP BY k.staff_id) AS c ON c.staff_id = s.id
WHERE m.branch_id = $1 ORDER BY staff_rank(m.role) DESC, s.username;

PREPARE list_own_branches (uuid) AS
SELECT b.id AS "branchId", b.name, m.role::text AS role FROM staff_members AS m JOIN branches AS b ON b.id = m.branch_id
WHERE m.staff_id = $1 ORDER BY b.name, b.id;

PREPARE change_member (uuid, uuid, uuid, text, text, uuid, text, bytea) AS
SELECT change_staff($1, $2, $3, $4, $5, $6, $7, $8);

PREPARE add_member (uuid, uuid, text, text, text, bytea) AS
SELECT outcome, member FROM add_staff($1, $2, $3, $4::staff_role, $5, $6);

PREPARE add_own_branch (uuid, uuid, text) AS
SELECT add_branch($1, $2, $3);

-- The last 500 changes of staff in a branch.
PREPARE list_staff_changes (uuid) AS
SELECT c.at, c.staff_id AS "staffId", c.username, c.action, c.was, c.became, c.actor_kind::text AS "actorKind", c.actor_name AS "actorName"
FROM staff_changes AS c WHERE c.branch_id = $1 ORDER BY c.id DESC LIMIT 500;

-- What goes on in branch $1 now, at one moment, as JSON. An order that is late is so to the boards as well: bandOf() and startOf() of
-- kds/static/js/kitchen/state. A finished ticket counts as in cooked_lately() of later.sql: neither forgotten for two hours nor imported. Of a
-- day with more orders the last 2,000 that were completed count, and `since` is as late as that.
PREPARE read_today (uuid) AS
WITH branch AS MATERIALIZED (
  SELECT b.id, d.day, (d.day + b.day_starts_at) AT TIME ZONE b.timezone AS began_at,
    b.ordering_paused AND coalesce(b.ordering_paused_until > now(), true) AS is_paused, b.ordering_paused_until AS paused_until
  FROM branches AS b CROSS JOIN LATERAL (SELECT business_day(b.timezone, b.day_starts_at) AS day OFFSET 0) AS d WHERE b.id = $1
), limits AS (
  SELECT t.type, coalesce(a.late_s, 600) AS late_s
  FROM unnest(enum_range(NULL::order_type)) AS t (type) LEFT JOIN age_thresholds AS a ON a.branch_id = $1 AND a.order_type = t.type
), shown AS MATERIALIZED (
  SELECT o.id, o.status, o.order_type, o.order_number, o.display_number, o.business_day, o.placed_at,
    o.status = 'SENT' AND o.due_at IS NOT NULL AND o.lead_s IS NULL AS is_later
  FROM orders AS o WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY')
), cooking AS (
  SELECT t.is_held, NOT t.is_held AND now() - coalesce(t.began_at, s.placed_at) >= make_interval(secs => l.late_s) AS is_late
  FROM shown AS s JOIN limits AS l ON l.type = s.order_type
  CROSS JOIN LATERAL (
    SELECT coalesce(bool_and(k.held), false) AS is_held, min(coalesce(k.fired_at, k.sent_at)) FILTER (WHERE NOT k.held) AS began_at
    FROM (SELECT * FROM kots WHERE order_id = s.id OFFSET 0) AS k  -- by its index, however few KOTs there are yet
    WHERE k.status = 'SENT') AS t
  WHERE s.status = 'SENT' AND NOT s.is_later
), completed AS MATERIALIZED (
  SELECT o.id, o.completed_at FROM orders AS o
  WHERE o.branch_id = $1 AND o.status = 'COMPLETED'
    AND o.completed_at BETWEEN (SELECT b.began_at FROM branch AS b) AND now() + interval '10 minutes'
  ORDER BY o.completed_at DESC LIMIT 2000
), counted AS MATERIALIZED (
  SELECT CASE WHEN count(c.id) < 2000 THEN b.began_at ELSE min(c.completed_at) END AS since
  FROM branch AS b LEFT JOIN completed AS c ON true GROUP BY b.began_at
), finished AS (
  SELECT extract(epoch FROM k.ready_at - coalesce(k.fired_at, k.sent_at))::float8 AS cooked_s
  FROM (SELECT c.id FROM completed AS c UNION ALL SELECT s.id FROM shown AS s) AS r
  CROSS JOIN counted AS n
  CROSS JOIN LATERAL (SELECT * FROM kots WHERE order_id = r.id OFFSET 0) AS k
  WHERE k.status IN ('READY', 'COMPLETED') AND k.ready_at BETWEEN n.since AND now() + interval '10 minutes'
    AND k.ready_at > coalesce(k.fired_at, k.sent_at) AND k.ready_at < coalesce(k.fired_at, k.sent_at) + interval '2 hours'
), earlier AS (
  SELECT s.* FROM shown AS s JOIN branch AS b ON s.business_day < b.day
), screens AS (
  SELECT w.connection_id, w.connected_at, t.username FROM ws_connections AS w LEFT JOIN staff AS t ON t.id = w.staff_id
  WHERE w.branch_id = $1 AND w.lease_expires_at > now()
)
SELECT json_build_object(
  'orders', json_build_object(
    'sent', (SELECT count(*) FROM cooking), 'held', (SELECT count(*) FROM cooking AS c WHERE c.is_held),
    'late', (SELECT count(*) FROM cooking AS c WHERE c.is_late), 'ready', (SELECT count(*) FROM shown AS s WHERE s.status = 'READY'),
    'later', (SELECT count(*) FROM shown AS s WHERE s.is_later), 'lateAfterS', (SELECT json_object_agg(l.type, l.late_s) FROM limits AS l)),
  'finished', (SELECT json_build_object('tickets', count(f.cooked_s), 'since', utc(n.since),
      'medianS', round(percentile_cont(0.5) WITHIN GROUP (ORDER BY f.cooked_s)))
    FROM counted AS n LEFT JOIN finished AS f ON true GROUP BY n.since),
  'earlier', json_build_object('count', (SELECT count(*) FROM earlier), 'orders', (
    SELECT coalesce(json_agg(json_build_object('orderId', e.id, 'orderNumber', e.order_number, 'displayNumber', nullif(e.display_number, ''),
        'status', e.status, 'placedAt', utc(e.placed_at), 'ageS', greatest(0, floor(extract(epoch FROM now() - e.placed_at)))) ORDER BY e.placed_at, e.id), '[]')
    FROM (SELECT * FROM earlier ORDER BY placed_at, id LIMIT 50) AS e)),
  'dishes', (
    SELECT coalesce(json_agg(json_build_object('menuItemId', d.menu_item_id, 'name', d.name, 'soldOut', d.is_sold_out,
        'remaining', d.remaining, 'backAt', utc(d.back_at)) ORDER BY d.position, d.name, d.menu_item_id), '[]')
    FROM dish_states AS d WHERE d.branch_id = $1 AND (d.is_sold_out OR d.remaining IS NOT NULL)),
  'ordering', json_build_object('open', NOT b.is_paused, 'until', CASE WHEN b.is_paused THEN utc(b.paused_until) END),
  'screens', json_build_object('count', (SELECT count(*) FROM screens), 'screens', (
    SELECT coalesce(json_agg(json_build_object('connectionId', s.connection_id, 'username', s.username, 'connectedAt', utc(s.connected_at))
        ORDER BY s.connected_at, s.connection_id), '[]')
    FROM (SELECT * FROM screens ORDER BY connected_at, connection_id LIMIT 50) AS s)))::text AS body
FROM branch AS b;

-- Who changes the dishes of a menu has it to themselves until COMMIT, kds menu load too: what they read of it, names and order, stays so.
-- A transaction asks this first, in a statement of its own; plain SQL does not. Then a dish is locked before its row of dish_stock.
PREPARE lock_menu (uuid) AS
SELECT pg_advisory_xact_lock(493269110, hashtext($1::text));

PREPARE lock_dish (uuid, uuid) AS
SELECT m.id FROM menu_items AS m WHERE m.branch_id = $1 AND m.id = $2 FOR NO KEY UPDATE;

-- The dishes of a branch in the order of its menu.
PREPARE read_managed_menu (uuid) AS
SELECT m.id, m.name, m.description, m.section, m.station, m.price_cents, m.allergens, m.modifiers::text AS modifiers, m.prep_s, m.course,
  m.available, t.is_sold_out, t.remaining, t.back_at
FROM menu_items AS m JOIN dish_states AS t ON t.menu_item_id = m.id WHERE m.branch_id = $1 ORDER BY m.position, m.name, m.id;

PREPARE read_managed_dish (uuid, uuid) AS
SELECT m.id, m.name, m.description, m.section, m.station, m.price_cents, m.allergens, m.modifiers::text AS modifiers, m.prep_s, m.course,
  m.available, t.is_sold_out, t.remaining, t.back_at
FROM menu_items AS m JOIN dish_states AS t ON t.menu_item_id = m.id WHERE m.branch_id = $1 AND m.id = $2;

-- What a new name and a place on the menu are found by: that no other dish has it, and where the section ends.
PREPARE read_menu_places (uuid) AS
SELECT m.id, m.name, m.section FROM menu_items AS m WHERE m.branch_id = $1 ORDER BY m.position, m.name, m.id;

PREPARE add_dish (uuid, text, text, text, text, integer, text[], jsonb, integer, integer, boolean) AS
INSERT INTO menu_items (branch_id, name, description, section, station, price_cents, allergens, modifiers, prep_s, course, available)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id;

PREPARE change_menu_item (uuid, uuid, text, text, text, text, integer, text[], jsonb, integer, integer, boolean) AS
UPDATE menu_items AS m SET name = $3, description = $4, section = $5, station = $6, price_cents = $7, allergens = $8, modifiers = $9,
  prep_s = $10, course = $11, available = $12
WHERE m.branch_id = $1 AND m.id = $2;

PREPARE remove_dish (uuid, uuid) AS
DELETE FROM menu_items AS m WHERE m.branch_id = $1 AND m.id = $2;

-- The places 0, 1, 2 ... of the dishes $2.
PREPARE order_menu (uuid, uuid[]) AS
UPDATE menu_items AS m SET position = u.place - 1 FROM unnest($2) WITH ORDINALITY AS u (id, place)
WHERE m.branch_id = $1 AND m.id = u.id AND m.position <> u.place - 1;

-- The stations of a branch in the order of its boards, with how many dishes go to each, how many open tickets it has, and in how many open
-- orders it has any; then those names of tickets of open orders that no station has any more.
PREPARE read_managed_stations (uuid) AS
WITH open AS (
  SELECT k.station, count(*) FILTER (WHERE k.status IN ('SENT', 'READY')) AS tickets, count(DISTINCT k.order_id) AS orders
  FROM orders AS o
  CROSS JOIN LATERAL (SELECT * FROM kots WHERE order_id = o.id OFFSET 0) AS k  -- by its index, however few KOTs there are yet
  WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY') AND k.station IS NOT NULL GROUP BY k.station
), own AS (
  SELECT s.name, s.position, (SELECT count(*) FROM menu_items AS m WHERE m.branch_id = s.branch_id AND m.station = s.name) AS dishes
  FROM stations AS s WHERE s.branch_id = $1
)
SELECT coalesce(s.name, t.station) AS name, s.name IS NOT NULL AS is_there, coalesce(s.dishes, 0) AS dishes,
  coalesce(t.tickets, 0) AS tickets, coalesce(t.orders, 0) AS orders
FROM own AS s FULL JOIN open AS t ON t.station = s.name ORDER BY s.name IS NULL, s.position, coalesce(s.name, t.station);
