-- domain.sql: what several rooms ask of a branch and its orders.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand. What reads
-- order_objects is read from order_objects_one_by_one when that fails for its data: kds/postgres/statements.py, one_by_one().

-- From sent to ready, by station and for the kitchen as a whole: cooked_lately() of later.sql says of which tickets.
PREPARE read_pace (uuid) AS
SELECT c.station, grouping(c.station) = 1 AS is_whole, count(*) AS kots,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY c.cooked_s) AS median_s,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY c.cooked_s) AS p90_s
FROM cooked_lately($1) AS c GROUP BY GROUPING SETS ((c.station), ());

-- Up to which generation the codes of these tables were renewed.
PREPARE read_table_generations (uuid, text[]) AS
SELECT asked.table_label,
  coalesce((SELECT max(t.generation) FROM table_codes AS t
            WHERE t.branch_id = $1 AND t.table_label IN ('', asked.table_label)), 0) AS generation
FROM unnest($2) AS asked (table_label);

-- Who gives a name has all names of that kind $1 to themselves until COMMIT: staff, branches, or the id of the branch whose stations they
-- are. In a statement of its own, before what is there is read: which of them are alike kds/domain/text.py says.
PREPARE lock_names (text) AS
SELECT pg_advisory_xact_lock(493269111, hashtext($1));

-- The next $2 after $1: however many logins there are, nobody who works with them does so for long at once.
PREPARE read_usernames (text, integer) AS
SELECT s.username FROM staff AS s WHERE s.username > $1 ORDER BY s.username LIMIT $2;

PREPARE read_branch (uuid) AS
SELECT b.id, b.name, b.locality, b.timezone, b.currency, b.requires_table_token, b.pickup_names, b.adds_rounds,
  b.public_order_types::text[] AS order_types,
  b.ordering_paused AND coalesce(b.ordering_paused_until > now(), true) AS is_paused, b.ordering_paused_until AS paused_until,
  ARRAY(SELECT s.name FROM stations AS s WHERE s.branch_id = b.id ORDER BY s.position, s.name) AS stations,
  (SELECT json_object_agg(t.type, json_build_object('dueS', coalesce(a.due_s, 300), 'lateS', coalesce(a.late_s, 600)))
   FROM unnest(enum_range(NULL::order_type)) AS t (type)
   LEFT JOIN age_thresholds AS a ON a.branch_id = b.id AND a.order_type = t.type)::text AS thresholds
FROM branches AS b WHERE b.id = $1;

-- The list of the API: open orders all that are not for later, ended ones the last 200 of each kind, of those with a time that has come. One row
-- for each, and one without an order when there is none.
PREPARE list_orders (uuid, text[]) AS
WITH shown AS (
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY')
     AND o.status::text = ANY ($2) AND (o.due_at IS NULL OR o.lead_s IS NOT NULL OR o.status = 'READY'))
  UNION ALL
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status = 'COMPLETED'
     AND 'COMPLETED' = ANY ($2) AND o.completed_at < now() + interval '10 minutes' ORDER BY o.completed_at DESC LIMIT 200)
  UNION ALL
  (SELECT o.id, o.placed_at FROM orders AS o WHERE o.branch_id = $1 AND o.status = 'CANCELLED'
     AND 'CANCELLED' = ANY ($2) AND o.completed_at IS NULL AND o.cancelled_at < now() + interval '10 minutes'
     ORDER BY o.completed_at DESC, o.cancelled_at DESC LIMIT 200)  -- as orders_over_idx has them: no cancelled one was completed
), bodies AS (
  SELECT s.placed_at, x.id, x.body, x.fault FROM shown AS s JOIN order_objects AS x ON x.id = s.id AND x.branch_id = $1
), head AS (
  SELECT epoch() AS epoch,
    greatest(
      coalesce((SELECT max(e.revision) FROM events AS e WHERE e.branch_id = $1), 0),
      coalesce((SELECT f.revision FROM event_floors AS f WHERE f.branch_id = $1), 0)) AS revision
)
SELECT h.epoch, h.revision, l.orders AS later, utc(l.next_at) AS next_at, b.id AS order_id, b.body, b.fault
FROM head AS h CROSS JOIN orders_for_later($1) AS l LEFT JOIN bodies AS b ON true ORDER BY b.placed_at, b.id;

-- The clock: the orders with a KOT that it has to look at now, of the first $1 such KOTs, and as many that come to the boards with
-- no KOT that waits for a time, by branch, that of the first one first; and in how many seconds the next KOT is due. One row without a branch when nothing is due. now() and no clock of a server.
PREPARE read_due (integer) AS
WITH due AS (
  SELECT k.order_id, k.fire_at FROM kots AS k WHERE k.held AND k.fire_at <= now() ORDER BY k.fire_at LIMIT $1
), next AS (
  SELECT extract(epoch FROM k.fire_at - now())::float8 AS next_in_s
  FROM kots AS k WHERE k.held AND k.fire_at > now() ORDER BY k.fire_at LIMIT 1
), near AS (
  SELECT o.id, o.due_at FROM orders AS o
  WHERE o.status = 'SENT' AND o.lead_s IS NULL AND o.due_at <= now() + interval '1 hour' ORDER BY o.due_at LIMIT $1
), branches_due AS (
  SELECT o.branch_id, array_agg(DISTINCT o.id) AS orders, min(d.fire_at) AS since
  FROM (SELECT * FROM due UNION ALL SELECT n.id, n.due_at - interval '1 hour' FROM near AS n) AS d (order_id, fire_at) JOIN orders AS o ON o.id = d.order_id GROUP BY o.branch_id
)
SELECT b.branch_id, b.orders, n.next_in_s
FROM (VALUES (1)) AS one LEFT JOIN next AS n ON true LEFT JOIN branches_due AS b ON true ORDER BY b.since;

PREPARE fire_due (uuid, uuid[]) AS
SELECT fire_due($1, $2);

-- Where the words of guests have a time.
PREPARE list_forgetful AS
SELECT b.id FROM branches AS b WHERE b.forget_after_days IS NOT NULL ORDER BY b.id;

PREPARE forget_some (uuid, integer) AS
SELECT forget_some($1, $2);

-- Changes nothing, and its commit waits for all that those before it waited for: what is found done may be on no standby yet.
PREPARE await_standby AS
SELECT pg_logical_emit_message(true, 'kds', '') FROM commit_as_announced();

PREPARE list_stations (uuid) AS
SELECT s.name, (SELECT count(*) FROM menu_items AS m WHERE m.branch_id = s.branch_id AND m.station = s.name) AS dishes
FROM stations AS s WHERE s.branch_id = $1 ORDER BY s.position, s.name;

-- No row when the branch has this station already.
PREPARE add_station (uuid, text) AS
INSERT INTO stations (branch_id, name, position)
SELECT $1, $2, least(coalesce(max(s.position), 0)::bigint + 1, 2147483647)::integer FROM stations AS s WHERE s.branch_id = $1
ON CONFLICT DO NOTHING RETURNING name;

-- No row when there is no such station. Its dishes follow by their foreign key.
PREPARE rename_station (uuid, text, text) AS
UPDATE stations AS s SET name = $3 WHERE s.branch_id = $1 AND s.name = $2 RETURNING s.name;

PREPARE lock_station (uuid, text) AS
SELECT s.name FROM stations AS s WHERE s.branch_id = $1 AND s.name = $2 FOR UPDATE;

PREPARE move_dishes (uuid, text, text) AS
UPDATE menu_items AS m SET station = $3 WHERE m.branch_id = $1 AND m.station = $2;

PREPARE has_branch (uuid) AS
SELECT EXISTS (SELECT FROM branches AS b WHERE b.id = $1);

-- Open orders with tickets of a name that no station has, the oldest first: when one has it again, they are its.
PREPARE list_stray_orders (uuid, text) AS
SELECT o.id FROM orders AS o
WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY')
  -- by the index of each, however few KOTs there are yet
  AND EXISTS (SELECT FROM kots AS k WHERE k.order_id = o.id AND k.station = $2 OFFSET 0)
  AND NOT EXISTS (SELECT FROM stations AS s WHERE s.branch_id = $1 AND s.name = $2)
ORDER BY o.placed_at, o.id;

-- Whether there is one of those.
PREPARE has_stray_orders (uuid, text) AS
SELECT NOT EXISTS (SELECT FROM stations AS s WHERE s.branch_id = $1 AND s.name = $2) AND EXISTS (
  SELECT FROM orders AS o
  WHERE o.branch_id = $1 AND o.status IN ('SENT', 'READY')
    AND EXISTS (SELECT FROM kots AS k WHERE k.order_id = o.id AND k.station = $2 OFFSET 0));

PREPARE lock_order (uuid) AS
SELECT FROM orders AS o WHERE o.id = $1 FOR NO KEY UPDATE;

-- The tickets of an order follow a station that is gone to another, NULL is the kitchen as a whole: as they are, or as further rounds
-- where the order has tickets there already; courses of one round stay of one. What is over keeps the name it was cooked under. One that
-- was added under the name meanwhile keeps what is its, and another that is gone meanwhile gets none: who removed it waits for what comes to
-- it, but not for ever.
PREPARE move_tickets_of_order (uuid, text, text) AS
WITH moving AS (
  SELECT k.id, dense_rank() OVER (ORDER BY k.round) AS place,
    (SELECT max(t.round) FROM kots AS t WHERE t.order_id = k.order_id AND t.station IS NOT DISTINCT FROM $3) AS last_round
  FROM orders AS o JOIN kots AS k ON k.order_id = o.id
  WHERE o.id = $1 AND o.status IN ('SENT', 'READY') AND k.station = $2
    AND NOT EXISTS (SELECT FROM stations AS s WHERE s.branch_id = o.branch_id AND s.name = $2)
    AND ($3 IS NULL OR EXISTS (SELECT FROM stations AS s WHERE s.branch_id = o.branch_id AND s.name = $3))
)
UPDATE kots AS k SET station = $3, round = coalesce(m.last_round + m.place, k.round) FROM moving AS m WHERE k.id = m.id;

PREPARE remove_station (uuid, text) AS
DELETE FROM stations AS s WHERE s.branch_id = $1 AND s.name = $2 RETURNING s.name;

-- The places 1, 2, 3 ... of the stations $2.
PREPARE order_stations (uuid, text[]) AS
UPDATE stations AS s SET position = u.place FROM unnest($2) WITH ORDINALITY AS u (name, place)
WHERE s.branch_id = $1 AND s.name = u.name AND s.position <> u.place;
