-- kitchen_dishes.sql: dishes that cooks sell out or count, and when they come back. Rules: sql/dishes.sql, sql/stock.sql.

PREPARE read_dishes (uuid) AS
SELECT t.menu_item_id, t.name, t.section, t.station, t.is_sold_out, t.remaining, t.back_at
FROM dish_states AS t WHERE t.branch_id = $1 ORDER BY t.position, t.name;

PREPARE read_dish (uuid, uuid) AS
SELECT t.menu_item_id, t.name, t.section, t.station, t.is_sold_out, t.remaining, t.back_at
FROM dish_states AS t WHERE t.branch_id = $1 AND t.menu_item_id = $2;

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
