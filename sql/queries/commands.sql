-- commands.sql: what the commands kds branch, station, staff, menu, forget and tail ask and do; kds table has its one in manager.sql.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

-- Which of them is meant kds/commands/database.py says: in a database of locale C, lower() knows no letter beyond ASCII.
PREPARE find_branches AS
SELECT b.id, b.name, b.locality, b.currency FROM branches AS b ORDER BY b.created_at, b.id;

PREPARE list_branches AS
SELECT b.id, b.name, b.locality, b.timezone, to_char(b.day_starts_at, 'HH24:MI') AS day_starts_at, b.currency,
  ARRAY(SELECT s.name FROM stations AS s WHERE s.branch_id = b.id ORDER BY s.position, s.name) AS stations,
  (SELECT count(*) FROM staff_members AS m JOIN staff AS s ON s.id = m.staff_id WHERE m.branch_id = b.id AND s.active) AS staff,
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

-- What prices a branch has that a change of its currency would touch; recent: orders whose track pages may still be open, as
-- is_expired() of kds/guests/tracking.py has it.
PREPARE count_prices (uuid) AS
SELECT (SELECT count(*) FROM menu_items AS m WHERE m.branch_id = $1) AS dishes, count(*) AS orders,
  count(*) FILTER (WHERE CASE WHEN coalesce(o.completed_at, o.cancelled_at) <= o.placed_at + interval '3 days'
    THEN coalesce(o.completed_at, o.cancelled_at) >= now() - interval '1 day' ELSE o.placed_at >= now() - interval '3 days' END) AS recent
FROM orders AS o WHERE o.branch_id = $1;

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

-- $2: HAND, READY or MINUTES; $3: how many, NULL: as it is.
PREPARE set_courses (uuid, text, integer) AS
UPDATE branches AS b SET courses_fire = $2::course_firing, course_minutes = coalesce($3, b.course_minutes) WHERE b.id = $1;

PREPARE set_forgetting (uuid, integer) AS
UPDATE branches AS b SET forget_after_days = $2 WHERE b.id = $1;

-- The orders $2 and, where $1 says so, those that know words of their guest; of branch $3, or of all where it is NULL. Each with all
-- the words there are. The newest first. Whose words they are kds/commands/forget.py says, as it does for names of branches.
PREPARE find_words (boolean, uuid[], uuid) AS
WITH words AS (
  SELECT o.id AS order_id, w.word FROM orders AS o CROSS JOIN LATERAL (VALUES (o.customer_name), (o.note)) AS w (word) WHERE w.word <> ''
  UNION ALL
  SELECT i.order_id, w.word FROM order_items AS i
  CROSS JOIN LATERAL (
    SELECT i.note AS word UNION ALL SELECT j #>> '{}' FROM jsonb_path_query(i.changed, '$.**.note') AS j) AS w WHERE w.word <> ''
  UNION ALL
  SELECT k.order_id, k.changed ->> 'note' FROM kots AS k WHERE k.changed ->> 'note' <> ''
), known AS (
  SELECT w.order_id, array_agg(DISTINCT w.word ORDER BY w.word) AS words FROM words AS w
  WHERE $1 OR w.order_id = ANY ($2) GROUP BY w.order_id
)
SELECT o.id, o.branch_id, b.name AS branch, o.business_day::text AS day, coalesce(o.display_number, o.order_number::text) AS number,
  o.status::text AS status, coalesce(n.words, '{}') AS words
FROM orders AS o JOIN branches AS b ON b.id = o.branch_id LEFT JOIN known AS n ON n.order_id = o.id
WHERE (n.order_id IS NOT NULL OR o.id = ANY ($2)) AND (o.branch_id = $3 OR $3 IS NULL) ORDER BY o.placed_at DESC, o.id;

-- Of the orders $2 those that are over, as seen under their locks.
PREPARE forget_orders (uuid, uuid[]) AS
SELECT forget_orders($1, ARRAY(
  SELECT o.id FROM orders AS o WHERE o.id = ANY ($2) AND o.branch_id = $1 AND o.status NOT IN ('SENT', 'READY') ORDER BY o.id FOR NO KEY UPDATE));

PREPARE list_ages (uuid) AS
SELECT t.order_type::text AS order_type, coalesce(a.due_s, 300) AS due_s, coalesce(a.late_s, 600) AS late_s
FROM unnest(enum_range(NULL::order_type)) AS t (order_type)
LEFT JOIN age_thresholds AS a ON a.branch_id = $1 AND a.order_type = t.order_type ORDER BY t.order_type;

PREPARE set_ages (uuid, text, integer, integer) AS
INSERT INTO age_thresholds (branch_id, order_type, due_s, late_s) VALUES ($1, $2::order_type, $3, $4)
ON CONFLICT (branch_id, order_type) DO UPDATE SET due_s = excluded.due_s, late_s = excluded.late_s;

-- Staff of all branches when $1 is NULL: a row for each branch that a member works in.
PREPARE list_staff (uuid) AS
SELECT s.username, m.role::text AS role, s.active, b.name AS branch,
  (SELECT count(*) FROM ws_connections AS w
   WHERE w.staff_id = s.id AND w.branch_id = m.branch_id AND w.lease_expires_at > now()) AS screens
FROM staff_members AS m JOIN staff AS s ON s.id = m.staff_id JOIN branches AS b ON b.id = m.branch_id
WHERE $1 IS NULL OR m.branch_id = $1 ORDER BY b.name, s.username;

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

-- A link with the token of the hash $3; the password becomes that of the hash $2, which nobody knows. No row for an unknown name.
PREPARE make_staff_link (text, text, bytea) AS
WITH member AS (
  UPDATE staff AS s SET password_hash = $2 WHERE s.username = $1 RETURNING s.id, s.generation, s.active
)
INSERT INTO staff_links AS k (staff_id, token_hash, generation) SELECT m.id, $3, m.generation FROM member AS m
ON CONFLICT (staff_id) DO UPDATE SET token_hash = excluded.token_hash, generation = excluded.generation, expires_at = excluded.expires_at
RETURNING (SELECT m.active FROM member AS m) AS is_active;

-- Whether nobody can log in yet, and whether there is a branch to add them to.
PREPARE read_first_steps AS
SELECT NOT EXISTS (SELECT FROM staff) AS has_no_staff, NOT EXISTS (SELECT FROM branches) AS has_no_branch;

-- Another generation ends every token; the trigger says which.
PREPARE end_sessions_staff (text) AS
UPDATE staff AS s SET generation = s.generation + 1 WHERE s.username = $1 RETURNING s.active;

PREPARE set_password (text, text) AS
UPDATE staff AS s SET password_hash = $2 WHERE s.username = $1 RETURNING true AS is_known;

-- The lines of a menu file: the dishes of `ids` are changed, and stay available or not where the line does not say; a line without is
-- added; dishes of no line go when $3 says so. Orders keep their own copies of name and price.
-- A dish whose place alone is another moves, and counts as unchanged: one new dish moves all below it.
PREPARE load_menu (uuid, jsonb, boolean) AS
WITH lines AS (
  SELECT * FROM ROWS FROM (jsonb_to_recordset($2) AS (ids uuid[], name text, section text, station text, price_cents integer,
    allergens text[], modifiers jsonb, description text, available boolean)) WITH ORDINALITY
    AS line (ids, name, section, station, price_cents, allergens, modifiers, description, available, position)
), different AS (
  SELECT m.id, l.*, coalesce(l.available, m.available) AS is_offered,
    (m.section, m.station, m.price_cents, m.allergens, m.description, m.available) IS DISTINCT FROM
      (l.section, l.station, l.price_cents, l.allergens, l.description, coalesce(l.available, m.available))
    OR coalesce(l.available AND t.is_sold_out, false)
    OR (SELECT jsonb_agg(jsonb_build_object('priceCents', 0) || x.choice ORDER BY x.place)
        FROM jsonb_array_elements(m.modifiers) WITH ORDINALITY AS x (choice, place)) IS DISTINCT FROM
       (SELECT jsonb_agg(jsonb_build_object('priceCents', 0) || x.choice ORDER BY x.place)
        FROM jsonb_array_elements(l.modifiers) WITH ORDINALITY AS x (choice, place)) AS is_changed
  FROM lines AS l JOIN menu_items AS m ON m.branch_id = $1 AND m.id = ANY (l.ids) JOIN dish_states AS t ON t.menu_item_id = m.id
), changed AS (
  UPDATE menu_items AS m
  SET section = d.section, station = d.station, price_cents = d.price_cents, allergens = d.allergens,
    modifiers = CASE WHEN d.is_changed THEN d.modifiers ELSE m.modifiers END, description = d.description,
    available = d.is_offered, position = d.position
  FROM different AS d WHERE m.id = d.id AND (d.is_changed OR m.position <> d.position)
), added AS (
  INSERT INTO menu_items (branch_id, name, section, station, price_cents, allergens, modifiers, description, available, position)
  SELECT $1, l.name, l.section, l.station, l.price_cents, l.allergens, l.modifiers, l.description, coalesce(l.available, true),
    l.position
  FROM lines AS l WHERE l.ids = '{}'
  RETURNING id
), removed AS (
  DELETE FROM menu_items AS m WHERE $3 AND m.branch_id = $1 AND m.id NOT IN (SELECT unnest(l.ids) FROM lines AS l)
  RETURNING id
)
SELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM different AS d WHERE d.is_changed) AS changed,
  (SELECT count(*) FROM removed) AS removed;

-- After load_menu, which has locked these dishes: they are not sold out any more, nor counted.
PREPARE lift_dishes (uuid[]) AS
DELETE FROM dish_stock AS s WHERE s.menu_item_id = ANY ($1);

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
