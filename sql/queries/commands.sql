-- commands.sql: what the commands kds branch, station, staff, menu and tail ask and do; kds table has its one in manager.sql.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

-- Branches of this id or name; neither the case of a name matters, nor how its letters were typed.
PREPARE find_branches (text) AS
SELECT b.id, b.name, b.locality, b.currency FROM branches AS b
WHERE b.id::text = lower($1) OR lower(normalize(b.name, NFKC)) = lower(normalize($1, NFKC)) ORDER BY b.created_at, b.id;

PREPARE list_branches AS
SELECT b.id, b.name, b.locality, b.timezone, to_char(b.day_starts_at, 'HH24:MI') AS day_starts_at, b.currency,
  ARRAY(SELECT s.name FROM stations AS s WHERE s.branch_id = b.id ORDER BY s.position, s.name) AS stations,
  (SELECT count(*) FROM staff AS s WHERE s.branch_id = b.id AND s.active) AS staff,
  (SELECT count(*) FROM menu_items AS m WHERE m.branch_id = b.id) AS dishes
FROM branches AS b ORDER BY b.name, b.created_at;

PREPARE add_branch (text, text, text, text, time) AS
INSERT INTO branches (name, locality, timezone, currency, day_starts_at) VALUES ($1, $2, $3, $4, $5) RETURNING id;

PREPARE rename_branch (uuid, text) AS
UPDATE branches AS b SET name = $2 WHERE b.id = $1;

-- NULL leaves a choice as it is.
PREPARE set_branch (uuid, boolean, boolean, boolean) AS
UPDATE branches AS b SET requires_table_token = coalesce($2, b.requires_table_token), adds_rounds = coalesce($3, b.adds_rounds),
  pickup_names = coalesce($4, b.pickup_names)
WHERE b.id = $1
RETURNING b.requires_table_token AS "signed tables", b.adds_rounds AS "rounds", b.pickup_names AS "pickup names";

PREPARE set_locality (uuid, text) AS
UPDATE branches AS b SET locality = $2 WHERE b.id = $1;

-- What prices a branch has that a change of its currency would touch.
PREPARE count_prices (uuid) AS
SELECT (SELECT count(*) FROM menu_items AS m WHERE m.branch_id = $1) AS dishes,
  (SELECT count(*) FROM orders AS o WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY')) AS orders;

PREPARE set_currency (uuid, text) AS
UPDATE branches AS b SET currency = $2 WHERE b.id = $1;

-- NULL leaves it as it is. In a statement of its own before read_day, which sees what it did.
PREPARE set_day (uuid, text, time) AS
UPDATE branches AS b SET timezone = coalesce($2, b.timezone), day_starts_at = coalesce($3, b.day_starts_at) WHERE b.id = $1;

-- The business day of a branch, the last number it called out, when it ends by the clock on the wall, and the last number that the
-- day after has.
PREPARE read_day (uuid) AS
SELECT b.timezone, to_char(b.day_starts_at, 'HH24:MI') AS day_starts_at, t.today, last_number_called(b.id, t.today) AS last,
  last_order_number(b.id, t.today + 1) AS last_of_next,
  to_char(((t.today + 1 + b.day_starts_at) AT TIME ZONE b.timezone) AT TIME ZONE b.timezone, 'HH24:MI') AS ends_at
FROM branches AS b, LATERAL (SELECT business_day(b.timezone, b.day_starts_at) AS today) AS t WHERE b.id = $1;

-- Each pair: whether it changes, and to what; NULL is the default.
PREPARE set_door (uuid, boolean, text[], boolean, integer, boolean, integer) AS
UPDATE branches AS b SET
  public_order_types = CASE WHEN $2 THEN $3::order_type[] ELSE b.public_order_types END,
  guest_orders_per_minute = CASE WHEN $4 THEN $5 ELSE b.guest_orders_per_minute END,
  guest_orders_open_max = CASE WHEN $6 THEN $7 ELSE b.guest_orders_open_max END
WHERE b.id = $1
RETURNING b.public_order_types::text[] AS public_order_types, b.guest_orders_per_minute, b.guest_orders_open_max;

-- What cancel_guest_orders of kitchen.sql would cancel.
PREPARE count_guest_orders (uuid, interval) AS
SELECT count(*) FROM orders AS o
WHERE o.branch_id = $1 AND o.status = 'SENT' AND o.source = 'guest' AND o.placed_at >= now() - $2;

PREPARE list_stations (uuid) AS
SELECT s.name, (SELECT count(*) FROM menu_items AS m WHERE m.branch_id = s.branch_id AND m.station = s.name) AS dishes
FROM stations AS s WHERE s.branch_id = $1 ORDER BY s.position, s.name;

-- No row when the branch has this station already.
PREPARE add_station (uuid, text) AS
INSERT INTO stations (branch_id, name, position)
SELECT $1, $2, coalesce(max(s.position), 0) + 1 FROM stations AS s WHERE s.branch_id = $1
ON CONFLICT DO NOTHING RETURNING name;

-- No row when there is no such station. Its dishes follow by their foreign key.
PREPARE rename_station (uuid, text, text) AS
UPDATE stations AS s SET name = $3 WHERE s.branch_id = $1 AND s.name = $2 RETURNING s.name;

PREPARE move_dishes (uuid, text, text) AS
UPDATE menu_items AS m SET station = $3 WHERE m.branch_id = $1 AND m.station = $2;

-- The tickets of open orders follow their station to another, NULL is the kitchen as a whole: as they are, or as further
-- rounds where the order has tickets there already. What is over keeps the name it was cooked under.
PREPARE move_tickets (uuid, text, text) AS
WITH moving AS (
  SELECT k.id, row_number() OVER (PARTITION BY k.order_id ORDER BY k.round) AS place,
    (SELECT max(t.round) FROM kots AS t WHERE t.order_id = k.order_id AND t.station IS NOT DISTINCT FROM $3) AS last_round
  FROM orders AS o JOIN kots AS k ON k.order_id = o.id
  WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY') AND k.station = $2
)
UPDATE kots AS k SET station = $3, round = coalesce(m.last_round + m.place, k.round) FROM moving AS m WHERE k.id = m.id;

PREPARE remove_station (uuid, text) AS
DELETE FROM stations AS s WHERE s.branch_id = $1 AND s.name = $2 RETURNING s.name;

PREPARE list_ages (uuid) AS
SELECT t.order_type::text AS order_type, coalesce(a.due_s, 300) AS due_s, coalesce(a.late_s, 600) AS late_s
FROM unnest(enum_range(NULL::order_type)) AS t (order_type)
LEFT JOIN age_thresholds AS a ON a.branch_id = $1 AND a.order_type = t.order_type ORDER BY t.order_type;

PREPARE set_ages (uuid, text, integer, integer) AS
INSERT INTO age_thresholds (branch_id, order_type, due_s, late_s) VALUES ($1, $2::order_type, $3, $4)
ON CONFLICT (branch_id, order_type) DO UPDATE SET due_s = excluded.due_s, late_s = excluded.late_s;

-- Staff of all branches when $1 is NULL.
PREPARE list_staff (uuid) AS
SELECT s.username, s.role::text AS role, s.active, b.name AS branch,
  (SELECT count(*) FROM ws_connections AS w WHERE w.staff_id = s.id AND w.lease_expires_at > now()) AS screens
FROM staff AS s JOIN branches AS b ON b.id = s.branch_id
WHERE $1 IS NULL OR s.branch_id = $1 ORDER BY b.name, s.username;

-- No row when somebody has this name already, in whatever branch.
PREPARE add_staff (uuid, text, text, text) AS
INSERT INTO staff (branch_id, username, password_hash, role) VALUES ($1, $2, $3, $4::staff_role)
ON CONFLICT (username) DO NOTHING RETURNING id;

-- Whether the member was active until now; no row when there is no such member. The trigger on staff ends open screens.
PREPARE deactivate_staff (text) AS
UPDATE staff AS s SET active = false FROM (SELECT id, active FROM staff WHERE username = $1 FOR UPDATE) AS was
WHERE s.id = was.id RETURNING was.active AS was_active;

PREPARE activate_staff (text) AS
UPDATE staff AS s SET active = true FROM (SELECT id, active FROM staff WHERE username = $1 FOR UPDATE) AS was
WHERE s.id = was.id RETURNING NOT was.active AS was_inactive;

-- Another generation ends every token; the trigger says which.
PREPARE end_sessions_staff (text) AS
UPDATE staff AS s SET generation = s.generation + 1 WHERE s.username = $1 RETURNING s.active;

PREPARE set_password (text, text) AS
UPDATE staff AS s SET password_hash = $2 WHERE s.username = $1 RETURNING true AS is_known;

-- The lines of a menu file: a dish the branch has by this name is changed, and stays sold out if it is and the line does not say;
-- others are added; those not in the file go when $3 says so. Orders keep their own copies of name and price.
-- A dish whose place alone is another moves, and counts as unchanged: one new dish moves all below it.
PREPARE load_menu (uuid, jsonb, boolean) AS
WITH lines AS (
  SELECT * FROM ROWS FROM (jsonb_to_recordset($2) AS (name text, section text, station text, price_cents integer,
    allergens text[], modifiers jsonb, description text, available boolean)) WITH ORDINALITY
    AS line (name, section, station, price_cents, allergens, modifiers, description, available, position)
), different AS (
  SELECT m.id, l.*,
    (m.section, m.station, m.price_cents, m.allergens, m.description, m.available) IS DISTINCT FROM
      (l.section, l.station, l.price_cents, l.allergens, l.description, coalesce(l.available, m.available))
    OR (SELECT jsonb_agg(jsonb_build_object('priceCents', 0) || x.choice ORDER BY x.place)
        FROM jsonb_array_elements(m.modifiers) WITH ORDINALITY AS x (choice, place)) IS DISTINCT FROM
       (SELECT jsonb_agg(jsonb_build_object('priceCents', 0) || x.choice ORDER BY x.place)
        FROM jsonb_array_elements(l.modifiers) WITH ORDINALITY AS x (choice, place)) AS is_changed
  FROM lines AS l JOIN menu_items AS m ON m.branch_id = $1 AND m.name = l.name
), changed AS (
  UPDATE menu_items AS m
  SET section = d.section, station = d.station, price_cents = d.price_cents, allergens = d.allergens,
    modifiers = CASE WHEN d.is_changed THEN d.modifiers ELSE m.modifiers END, description = d.description,
    available = coalesce(d.available, m.available), position = d.position
  FROM different AS d WHERE m.id = d.id AND (d.is_changed OR m.position <> d.position)
), added AS (
  INSERT INTO menu_items (branch_id, name, section, station, price_cents, allergens, modifiers, description, available, position)
  SELECT $1, l.name, l.section, l.station, l.price_cents, l.allergens, l.modifiers, l.description, coalesce(l.available, true),
    l.position
  FROM lines AS l WHERE NOT EXISTS (SELECT FROM menu_items AS m WHERE m.branch_id = $1 AND m.name = l.name)
  RETURNING id
), removed AS (
  DELETE FROM menu_items AS m WHERE $3 AND m.branch_id = $1 AND NOT EXISTS (SELECT FROM lines AS l WHERE l.name = m.name)
  RETURNING id
)
SELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM different AS d WHERE d.is_changed) AS changed,
  (SELECT count(*) FROM removed) AS removed;

-- What committed since the snapshot $1, as poll_events of relay.sql finds it, of one branch or, when $2 is NULL, of all;
-- with the snapshot to ask with next. One row without an event when nothing happened.
PREPARE tail_events (text, uuid) AS
WITH fresh AS MATERIALIZED (
  SELECT e.branch_id, e.revision, e.kind, e.order_id, e.created_at FROM events AS e
  WHERE e.xid >= pg_snapshot_xmax($1::pg_snapshot)
  UNION ALL
  SELECT e.branch_id, e.revision, e.kind, e.order_id, e.created_at FROM events AS e
  WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
)
SELECT present.snapshot, f.branch_id, b.name AS branch, f.revision, f.kind::text AS kind, f.order_id, f.created_at,
  o.order_number, o.table_label, o.order_type::text AS order_type, o.status::text AS status,
  (SELECT sum(i.quantity) FROM order_items AS i WHERE i.order_id = o.id) AS item_count
FROM (SELECT pg_current_snapshot()::text AS snapshot) AS present
LEFT JOIN fresh AS f ON $2 IS NULL OR f.branch_id = $2
LEFT JOIN branches AS b ON b.id = f.branch_id
LEFT JOIN orders AS o ON o.id = f.order_id
ORDER BY f.revision;

PREPARE read_epoch AS
SELECT epoch();
