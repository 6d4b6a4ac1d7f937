-- objects.sql: what a screen gets of an order, as JSON.
--
-- Step 3 of the story: the relay reads order_objects for every event, and so does whoever shows an order, live or not.
-- By hand: after triggers.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION utc(moment timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
COMMENT ON FUNCTION utc(timestamptz) IS 'ISO 8601 in UTC with microseconds, whatever the time zone of the session.';

CREATE OR REPLACE FUNCTION with_what_is_set(told json, more json) RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE json_strip_nulls(more)::text WHEN '{}' THEN told
  ELSE (left(told::text, -1) || ',' || substr(json_strip_nulls(more)::text, 2))::json END;
COMMENT ON FUNCTION with_what_is_set(json, json) IS
  'An object and what is not null of another: what few orders have costs the others no bytes. Called where something is set.';

CREATE OR REPLACE FUNCTION with_mark(body json, mark jsonb) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE RETURN concat(left(body::text, -1), ',"changed":', mark - 'xid', '}')::json;
COMMENT ON FUNCTION with_mark(json, jsonb) IS 'A line or a KOT with its mark, see marks.sql.';

-- Read as a set by everything that reads many, for starting the executor is a third of what an order of its own costs.
-- Each part is found by its index, and the items are passed over once. Before that their sizes are added up, which PostgreSQL
-- knows without fetching a long text: what is far too large to be told is not made at all, or its readers would run into their
-- time limit, and with them all other orders that they read. An array counts eightfold, for its size is that after compression.
-- The 25,000 are no limit of their own: as many lines or tickets are more than 4194304 bytes in any case.
CREATE OR REPLACE VIEW order_objects WITH (security_invoker = true) AS
SELECT o.id, o.branch_id,
  CASE WHEN octet_length(made.body) <= 4194304 THEN made.body END AS body,
  CASE WHEN octet_length(made.body) <= 4194304 THEN NULL
    ELSE concat('too large: ', coalesce(octet_length(made.body), stored.bytes), ' bytes, at most 4194304 are told as JSON') END AS fault
FROM orders AS o
CROSS JOIN LATERAL (
  SELECT octet_length(o.table_label) + coalesce(octet_length(o.customer_name), 0) + coalesce(octet_length(o.note), 0)
    + octet_length(concat(o.external_id, o.display_number, o.server_name, o.check_id))
    + 40 * count(*) + coalesce(sum(octet_length(i.name) + coalesce(octet_length(i.note), 0) + octet_length(concat(i.seat, i.external_id))
      + 8 * (pg_column_size(i.modifiers) + pg_column_size(i.allergens) + coalesce(pg_column_size(i.changed), 0))), 0) AS bytes
  FROM (SELECT * FROM order_items AS i WHERE i.order_id = o.id LIMIT 25000) AS i) AS stored
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(CASE WHEN line.mark IS NULL THEN line.told ELSE with_mark(line.told, line.mark) END), '[]') AS items,
    coalesce(sum(line.quantity) FILTER (WHERE NOT line.is_part AND NOT line.is_deleted), 0) AS quantity,
    coalesce(sum(line.quantity::bigint * line.price_cents) FILTER (WHERE NOT line.voided AND NOT line.is_part), 0) AS cents
  FROM (
    SELECT i.quantity, i.price_cents, i.voided, i.part_of IS NOT NULL AS is_part,
      i.changed -> 'deleted' IS NOT NULL AS is_deleted,  -- what rewriting.sql left for the kitchen to see
      CASE WHEN NOT i.voided AND jsonb_typeof(i.changed -> 'at') = 'string' THEN i.changed END AS mark,  -- a void tells itself
      CASE WHEN coalesce(i.seat, i.external_id) IS NULL AND i.part_of IS NULL AND i.void_reason IS NULL
          AND i.changed -> 'deleted' IS NULL THEN row_to_json(usual)
        ELSE with_what_is_set(row_to_json(usual), json_build_object('seat', nullif(i.seat, ''), 'externalId', nullif(i.external_id, ''),
          'partOf', i.part_of, 'refire', nullif(i.refire, false), 'voidReason', CASE WHEN i.voided THEN i.void_reason END,
          'deleted', CASE WHEN i.changed -> 'deleted' IS NOT NULL THEN true END)) END AS told
    FROM order_items AS i JOIN kots AS k ON k.id = i.kot_id AND k.order_id = o.id
    CROSS JOIN LATERAL (
      SELECT i.id AS "itemId", i.kot_id AS "kotId", k.station, i.name, i.quantity, i.modifiers, i.note, i.allergens,
        i.price_cents AS "priceCents", i.done, i.voided, i.acknowledged) AS usual
    WHERE i.order_id = o.id AND stored.bytes <= 4194304 ORDER BY k.round, k.course NULLS FIRST, i.line, i.id) AS line) AS lines
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(CASE WHEN ticket.mark IS NULL THEN ticket.body ELSE with_mark(ticket.body, ticket.mark) END), '[]') AS kots
  FROM (
    SELECT CASE WHEN k.course IS NULL AND k.started_at IS NULL AND (k.waits_for <> '{HAND}') IS NOT TRUE THEN row_to_json(told)
      ELSE with_what_is_set(row_to_json(told), json_build_object('course', k.course, 'waitsFor', nullif(k.waits_for, '{HAND}'),
        'fireAt', utc(k.fire_at), 'startedAt', utc(k.started_at))) END AS body,
      CASE jsonb_typeof(k.changed -> 'at') WHEN 'string' THEN k.changed END AS mark
    FROM (SELECT * FROM kots AS k WHERE k.order_id = o.id LIMIT 25000) AS k
    CROSS JOIN LATERAL (
      SELECT k.id AS "kotId", k.station, k.round, k.status, k.held, k.recalled, utc(k.sent_at) AS "sentAt",
        utc(k.fired_at) AS "firedAt", utc(k.ready_at) AS "readyAt", utc(k.completed_at) AS "completedAt") AS told
    ORDER BY k.round, k.course NULLS FIRST, k.station) AS ticket) AS tickets
LEFT JOIN LATERAL (
  SELECT CASE WHEN coalesce(o.external_id, o.display_number, o.server_name, o.check_id) IS NULL AND o.covers IS NULL
      AND o.paid_at IS NULL AND o.cancel_reason IS NULL AND o.due_at IS NULL THEN row_to_json(present)::text
    ELSE with_what_is_set(row_to_json(present), json_build_object('displayNumber', nullif(o.display_number, ''),
      'serverName', nullif(o.server_name, ''), 'covers', nullif(o.covers, 0), 'paidAt', utc(o.paid_at), 'checkId', nullif(o.check_id, ''),
      'source', CASE WHEN o.external_id IS NOT NULL THEN o.source END, 'externalId', o.external_id,
      'cancelReason', CASE o.status WHEN 'CANCELLED' THEN o.cancel_reason END,
      'dueAt', utc(o.due_at), 'later', nullif(o.due_at IS NOT NULL AND o.status = 'SENT' AND o.lead_s IS NULL, false)))::text END AS body FROM (
    SELECT
      o.id AS "orderId",
      o.order_number AS "orderNumber",
      o.table_label AS "table",
      o.order_type AS "orderType",
      o.customer_name AS "customerName",
      o.note,
      o.priority,
      o.status,
      lines.items,
      lines.quantity AS "itemCount",
      tickets.kots,
      coalesce(o.total_cents, lines.cents) AS "totalCents",
      (SELECT b.currency FROM branches AS b WHERE b.id = o.branch_id) AS currency,
      utc(o.placed_at) AS "placedAt",
      utc(o.ready_at) AS "readyAt",
      utc(o.completed_at) AS "completedAt",
      utc(o.cancelled_at) AS "cancelledAt",
      o.acknowledged) AS present
  WHERE stored.bytes <= 4194304
  OFFSET 0) AS made ON true;  -- OFFSET: made once, although it is used three times above
COMMENT ON VIEW order_objects IS
  'What does a screen get of an order? body: its present state as JSON, the same in live messages, snapshots, replays and lists; '
  'NULL when it is too large to be told, which fault then says.';

CREATE OR REPLACE FUNCTION try_order_object(wanted_order uuid, wanted_branch uuid, OUT body text, OUT fault text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  SELECT x.body, x.fault INTO body, fault FROM order_objects AS x WHERE x.id = wanted_order AND x.branch_id = wanted_branch;
  PERFORM convert_to(body, 'UTF8');  -- a database in SQL_ASCII takes any bytes; whoever reads this takes UTF-8
EXCEPTION WHEN data_exception OR cardinality_violation OR program_limit_exceeded OR internal_error THEN
  body := NULL;
  fault := concat(SQLSTATE, ': ', SQLERRM);
END
$$;
COMMENT ON FUNCTION try_order_object(uuid, uuid) IS
  'The row of order_objects, or why it cannot be made: what its data are to blame for, and nothing else. Kept to kds/postgres/connect.py, DATA_ERRORS.';

CREATE OR REPLACE VIEW order_objects_one_by_one WITH (security_invoker = true) AS
SELECT o.id, o.branch_id, made.body, made.fault
FROM orders AS o CROSS JOIN LATERAL try_order_object(o.id, o.branch_id) AS made;
COMMENT ON VIEW order_objects_one_by_one IS
  'As order_objects, where an order that cannot be made costs only itself: fault says why. Read when order_objects failed.';

-- Whoever was granted the orders may go on calling order_object(): the views show nobody a row they may not read in the tables.
DO $$
DECLARE
  reader regrole;
BEGIN
  FOR reader IN
    SELECT DISTINCT a.grantee::regrole FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE c.oid = 'public.orders'::regclass AND a.privilege_type = 'SELECT' AND a.grantee NOT IN (0, c.relowner)
  LOOP
    EXECUTE format('GRANT SELECT ON public.order_objects, public.order_objects_one_by_one TO %s', reader);
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION order_object(wanted_order uuid, wanted_branch uuid) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN (SELECT x.body FROM order_objects AS x WHERE x.id = wanted_order AND x.branch_id = wanted_branch);
END
$$;
COMMENT ON FUNCTION order_object(uuid, uuid) IS
  'One row of order_objects: what a screen gets of an order; NULL when the branch has no such order.';

COMMIT;
