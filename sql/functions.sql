-- functions.sql: what the service asks the database to do or to tell, in one place.
--
-- Step 3 of the story reads order_objects for every event; placing an order, the epoch and pruning stand beside it.
-- By hand: after triggers.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION utc(moment timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
COMMENT ON FUNCTION utc(timestamptz) IS 'ISO 8601 in UTC with microseconds, whatever the time zone of the session.';

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
    + 40 * count(*) + coalesce(sum(octet_length(i.name) + coalesce(octet_length(i.note), 0)
      + 8 * (pg_column_size(i.modifiers) + pg_column_size(i.allergens))), 0) AS bytes
  FROM (SELECT * FROM order_items AS i WHERE i.order_id = o.id LIMIT 25000) AS i) AS stored
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(row_to_json(line)), '[]') AS items, coalesce(sum(line.quantity), 0) AS quantity,
    coalesce(sum(line.quantity::bigint * line."priceCents") FILTER (WHERE NOT line.voided), 0) AS cents
  FROM (
    SELECT i.id AS "itemId", i.kot_id AS "kotId", k.station, i.name, i.quantity, i.modifiers, i.note, i.allergens,
      i.price_cents AS "priceCents", i.done, i.voided, i.acknowledged
    FROM order_items AS i JOIN kots AS k ON k.id = i.kot_id AND k.order_id = o.id
    WHERE i.order_id = o.id AND stored.bytes <= 4194304 ORDER BY k.round, i.line) AS line) AS lines
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(row_to_json(ticket)), '[]') AS kots
  FROM (
    SELECT k.id AS "kotId", k.station, k.round, k.status, k.held, k.recalled, utc(k.sent_at) AS "sentAt",
      utc(k.fired_at) AS "firedAt", utc(k.ready_at) AS "readyAt", utc(k.completed_at) AS "completedAt"
    FROM (SELECT * FROM kots AS k WHERE k.order_id = o.id LIMIT 25000) AS k ORDER BY k.round, k.station) AS ticket) AS tickets
LEFT JOIN LATERAL (
  SELECT row_to_json(present)::text AS body FROM (
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

CREATE OR REPLACE FUNCTION place_order(
  new_order uuid, branch uuid, table_name text, type order_type, customer text, order_note text, total integer, lines jsonb
) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  number integer;
BEGIN
  INSERT INTO orders (id, branch_id, table_label, order_type, customer_name, note, total_cents, source)
  VALUES (new_order, branch, table_name, type, customer, order_note, total, 'guest')
  RETURNING order_number INTO number;
  INSERT INTO kots (order_id, station, round)
  SELECT DISTINCT new_order, line.station, 1 FROM jsonb_to_recordset(lines) AS line (station text);
  INSERT INTO order_items (order_id, kot_id, menu_item_id, name, quantity, price_cents, modifiers, note, allergens)
  SELECT new_order, k.id, line."menuItemId", line.name, line.quantity, line."priceCents", line.modifiers, line.note, line.allergens
  FROM ROWS FROM (jsonb_to_recordset(lines) AS ("menuItemId" uuid, name text, quantity integer, "priceCents" integer,
    modifiers text[], note text, allergens text[], station text)) WITH ORDINALITY
    AS line ("menuItemId", name, quantity, "priceCents", modifiers, note, allergens, station, line_number)
  JOIN kots AS k ON k.order_id = new_order AND k.station IS NOT DISTINCT FROM line.station
  ORDER BY line.line_number;
  RETURN number;
END
$$;
COMMENT ON FUNCTION place_order(uuid, uuid, text, order_type, text, text, integer, jsonb) IS
  'Writes an order of a guest with one KOT per station, in one round trip; the number of the order. Three statements, so that the triggers of the first '
  'spare those of the others.';

CREATE OR REPLACE FUNCTION sum_of_order(wanted_order uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN (SELECT coalesce(o.total_cents, (SELECT sum(i.quantity::bigint * i.price_cents) FROM order_items AS i
                                          WHERE i.order_id = o.id AND NOT i.voided), 0)
          FROM orders AS o WHERE o.id = wanted_order);
END
$$;
COMMENT ON FUNCTION sum_of_order(uuid) IS 'What an order costs: total_cents, or the sum of its items that are not voided.';

CREATE OR REPLACE FUNCTION place_guest_round(
  new_order uuid, branch uuid, table_name text, customer text, round_note text, total integer, lines jsonb, new_round uuid
) RETURNS TABLE (order_id uuid, order_number integer, total_cents bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  joined uuid;
  next_round integer;
BEGIN
  -- Two phones of a table at once: the second finds the order of the first.
  PERFORM pg_advisory_xact_lock(493269105, hashtext(branch || table_name));
  SELECT o.id INTO joined FROM orders AS o
  WHERE o.branch_id = branch AND o.table_label = table_name AND o.order_type = 'dine_in' AND o.status IN ('SENT', 'READY')
    AND o.placed_at BETWEEN now() - interval '12 hours' AND now() + interval '12 hours'
  ORDER BY o.placed_at DESC LIMIT 1 FOR NO KEY UPDATE;
  IF joined IS NULL THEN
    PERFORM place_order(new_order, branch, table_name, 'dine_in', customer, round_note, total, lines);
    RETURN QUERY SELECT o.id, o.order_number, sum_of_order(o.id) FROM orders AS o WHERE o.id = new_order;
    RETURN;
  END IF;
  SELECT max(k.round) + 1 INTO next_round FROM kots AS k WHERE k.order_id = joined;
  INSERT INTO kots (order_id, station, round, round_id)
  SELECT DISTINCT joined, line.station, coalesce(next_round, 2), new_round FROM jsonb_to_recordset(lines) AS line (station text);
  -- The note of the round stands at the first dish of each station: the order's own note belongs to what came before.
  INSERT INTO order_items (order_id, kot_id, menu_item_id, name, quantity, price_cents, modifiers, note, allergens)
  SELECT joined, k.id, line."menuItemId", line.name, line.quantity, line."priceCents", line.modifiers,
    nullif(concat_ws('. ', line.note,
      CASE row_number() OVER (PARTITION BY line.station ORDER BY line.line_number) WHEN 1 THEN round_note END), ''),
    line.allergens
  FROM ROWS FROM (jsonb_to_recordset(lines) AS ("menuItemId" uuid, name text, quantity integer, "priceCents" integer,
    modifiers text[], note text, allergens text[], station text)) WITH ORDINALITY
    AS line ("menuItemId", name, quantity, "priceCents", modifiers, note, allergens, station, line_number)
  JOIN kots AS k ON k.order_id = joined AND k.round = coalesce(next_round, 2) AND k.station IS NOT DISTINCT FROM line.station
  ORDER BY line.line_number;
  -- NULL, the sum of its items, when the column cannot hold it.
  UPDATE orders AS o SET total_cents = CASE WHEN o.total_cents::bigint + total <= 2147483647 THEN o.total_cents + total END
  WHERE o.id = joined AND o.total_cents IS NOT NULL;
  RETURN QUERY SELECT o.id, o.order_number, sum_of_order(o.id) FROM orders AS o WHERE o.id = joined;
END
$$;
COMMENT ON FUNCTION place_guest_round(uuid, uuid, text, text, text, integer, jsonb, uuid) IS
  'For a branch that adds rounds: writes what a table orders as a new round of its open order, called new_round, or as a new order '
  'when it has none; the order it became part of, and its whole sum. Such a round is never the first: TrackPages of kds/guests/tracking.py '
  'tells by that whether an order is shared. Advisory lock 493269105: one table at a time.';

CREATE OR REPLACE FUNCTION place_round(
  new_order uuid, branch uuid, table_name text, customer text, round_note text, total integer, lines jsonb
) RETURNS TABLE (order_id uuid, order_number integer, total_cents bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT r.order_id, r.order_number, r.total_cents
  FROM place_guest_round(new_order, branch, table_name, customer, round_note, total, lines, NULL) AS r;
END
$$;
COMMENT ON FUNCTION place_round(uuid, uuid, text, text, text, integer, jsonb) IS
  'As the code before version 11 calls it: one link for all who share the order.';

CREATE OR REPLACE FUNCTION cancel_unstarted_order(wanted_order uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  -- The lock first, in a statement of its own: the next one then sees what a cook has bumped in the meantime.
  PERFORM FROM orders AS o WHERE o.id = wanted_order AND o.status = 'SENT' FOR NO KEY UPDATE;
  UPDATE orders AS o SET status = 'CANCELLED'
  WHERE o.id = wanted_order AND o.status = 'SENT'
    AND NOT EXISTS (SELECT FROM kots AS k WHERE k.order_id = o.id AND k.status IN ('READY', 'COMPLETED'))
    AND NOT EXISTS (SELECT FROM order_items AS i WHERE i.order_id = o.id AND i.done AND NOT i.voided);
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION cancel_unstarted_order(uuid) IS
  'What a guest may still do: cancels an order of which no ticket and no dish is finished; whether it did.';

CREATE OR REPLACE FUNCTION cancel_unstarted_round(wanted_order uuid, wanted_round uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  cents bigint;
BEGIN
  -- As in cancel_unstarted_order(): the lock first.
  PERFORM FROM orders AS o WHERE o.id = wanted_order AND o.status IN ('SENT', 'READY') FOR NO KEY UPDATE;
  IF NOT FOUND OR EXISTS (SELECT FROM kots AS k WHERE k.order_id = wanted_order AND k.round_id IS NOT DISTINCT FROM wanted_round
                            AND (k.status IN ('READY', 'COMPLETED')
                              OR EXISTS (SELECT FROM order_items AS i WHERE i.order_id = wanted_order AND i.kot_id = k.id AND i.done
                                           AND NOT i.voided))) THEN
    RETURN false;
  END IF;
  IF wanted_round IS NULL AND NOT EXISTS (SELECT FROM kots AS k WHERE k.order_id = wanted_order AND k.round_id IS NOT NULL) THEN
    RETURN cancel_unstarted_order(wanted_order);
  END IF;
  -- Voided too: or a cook who voids one of these dishes would take it off once more, and a sum that is made of the lines
  -- would keep it.
  WITH gone AS (
    UPDATE order_items AS i SET voided = true FROM kots AS k
    WHERE i.kot_id = k.id AND i.order_id = wanted_order AND NOT i.voided
      AND k.order_id = wanted_order AND k.round_id IS NOT DISTINCT FROM wanted_round AND k.status = 'SENT'
    RETURNING i.quantity::bigint * i.price_cents AS line_cents)
  SELECT sum(g.line_cents) INTO cents FROM gone AS g;
  -- never below 0, as where a dish is voided
  UPDATE orders AS o SET total_cents = greatest(o.total_cents - cents, least(o.total_cents, 0))
  WHERE o.id = wanted_order AND o.total_cents IS NOT NULL AND cents IS NOT NULL;
  UPDATE kots AS k SET status = 'CANCELLED'
  WHERE k.order_id = wanted_order AND k.round_id IS NOT DISTINCT FROM wanted_round AND k.status = 'SENT';
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION cancel_unstarted_round(uuid, uuid) IS
  'What a guest may still do who shares an order: cancels their own tickets when none and no dish of them is finished, voids their '
  'dishes and takes them off the sum; NULL is whoever has the order''s own link. The order itself is cancelled when nothing else is '
  'left. Whether it did.';

CREATE OR REPLACE FUNCTION acknowledge_void(wanted_item uuid, wanted_order uuid, wanted_branch uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  emptied uuid;
BEGIN
  PERFORM FROM orders AS o WHERE o.id = wanted_order AND o.branch_id = wanted_branch FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE order_items AS i SET acknowledged = true FROM kots AS k
  WHERE i.id = wanted_item AND i.order_id = wanted_order AND k.id = i.kot_id
    AND (i.voided OR k.status = 'CANCELLED') AND NOT i.acknowledged
  RETURNING k.id INTO emptied;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE kots AS k SET status = 'CANCELLED'
  WHERE k.id = emptied AND k.status IN ('SENT', 'READY')
    AND NOT EXISTS (SELECT FROM order_items AS i WHERE i.kot_id = k.id AND i.order_id = wanted_order
                    AND NOT (i.voided AND i.acknowledged));
  UPDATE orders AS o SET acknowledged = true WHERE o.id = wanted_order AND o.status = 'CANCELLED' AND NOT o.acknowledged
    AND NOT EXISTS (SELECT FROM order_items AS i WHERE i.order_id = o.id AND NOT i.acknowledged);
  RETURN true;
END
$$;
COMMENT ON FUNCTION acknowledge_void(uuid, uuid, uuid) IS
  'The kitchen has seen that a dish is voided; a KOT of which nothing is left is CANCELLED by that, and an order of which nothing '
  'is left is seen as a whole. Whether it changed anything.';

-- Epoch: which history a revision belongs to --------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION epoch() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT left(md5(concat_ws(':',
    (SELECT c.system_identifier FROM pg_control_system() AS c),
    -- the timeline of what is written now; the control file still shows the old one after a promotion
    left(pg_walfile_name(pg_current_wal_lsn()), 8),
    (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()),
    'public.events'::regclass::oid,
    (SELECT p.nonce FROM deployment AS p))), 16)
$$;
COMMENT ON FUNCTION epoch() IS
  'Changes when this is no longer the history a screen has seen: another server, a promoted standby, a restored dump, a new events table.';

CREATE OR REPLACE FUNCTION adopt_epoch() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  present text := epoch();
BEGIN
  IF (SELECT d.events_epoch FROM deployment AS d) IS NOT DISTINCT FROM present THEN
    RETURN present;
  END IF;
  IF (SELECT d.events_epoch FROM deployment AS d FOR UPDATE) IS NOT DISTINCT FROM present THEN
    RETURN present;  -- another process was faster
  END IF;
  -- The xids of old events mean nothing here, and no screen of this epoch has seen them.
  WITH old AS (DELETE FROM events RETURNING branch_id, revision)
  INSERT INTO event_floors AS f (branch_id, revision, at)
  SELECT branch_id, max(revision), clock_timestamp() FROM old GROUP BY branch_id
  ON CONFLICT (branch_id) DO UPDATE SET revision = greatest(f.revision, excluded.revision), at = excluded.at;
  IF (SELECT max(revision) FROM event_floors) > (SELECT last_value FROM event_revision) THEN
    PERFORM setval('event_revision', (SELECT max(revision) FROM event_floors));
  END IF;
  UPDATE deployment SET events_epoch = present;
  RETURN present;
END
$$;
COMMENT ON FUNCTION adopt_epoch() IS
  'The present epoch; on a restored or promoted database it first drops the events of the old one. Every relay calls it when it connects.';

CREATE OR REPLACE FUNCTION prune_events(older_than interval, at_most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  pruned bigint;
BEGIN
  WITH oldest AS (
    SELECT e.branch_id, e.revision, e.created_at FROM events AS e ORDER BY e.xid LIMIT at_most
  ), last_aged AS (
    SELECT DISTINCT ON (o.branch_id) o.branch_id, o.revision, o.created_at FROM oldest AS o
    WHERE o.created_at < clock_timestamp() - older_than ORDER BY o.branch_id, o.revision DESC
  ), floors AS (
    INSERT INTO event_floors AS f (branch_id, revision, at)
    SELECT l.branch_id, l.revision, l.created_at FROM last_aged AS l ORDER BY l.branch_id
    ON CONFLICT (branch_id) DO UPDATE SET revision = excluded.revision, at = excluded.at
      WHERE f.revision < excluded.revision
  ), gone AS (
    DELETE FROM events AS e USING last_aged AS l WHERE e.branch_id = l.branch_id AND e.revision <= l.revision
    RETURNING 1
  )
  SELECT count(*) INTO pruned FROM gone;
  RETURN pruned;
END
$$;
COMMENT ON FUNCTION prune_events(interval, integer) IS
  'Deletes old events as a prefix of each branch and stores the floor, about at_most at a time; how many went.';

-- Batching: see kds/relay/batching.py ---------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION take_batching_lead(instance text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF current_setting('kds.notify', true) = 'always' OR NOT pg_try_advisory_lock(493269102, 0) THEN
    RETURN false;
  END IF;
  PERFORM beat_batching(instance, 'entering');
  RETURN true;
END
$$;
COMMENT ON FUNCTION take_batching_lead(text) IS
  'Makes this connection the batching leader for as long as it lives; false when there is one, or when kds.notify = ''always'' forbids it.';

CREATE OR REPLACE FUNCTION beat_batching(instance text, new_state text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  old_state text;
BEGIN
  SELECT b.state INTO old_state FROM batching AS b;
  UPDATE batching SET state = new_state, heartbeat_at = clock_timestamp(),
    leader = CASE WHEN new_state <> 'idle' THEN instance END,
    leader_pid = CASE WHEN new_state <> 'idle' THEN pg_backend_pid() END;
  IF old_state <> new_state THEN
    INSERT INTO batching_flips (leader, state) VALUES (instance, new_state);
    DELETE FROM batching_flips WHERE flip <= (SELECT max(f.flip) - 100 FROM batching_flips AS f);
  END IF;
END
$$;
COMMENT ON FUNCTION beat_batching(text, text) IS 'The leader shows that it lives, and in which state; every change of it is kept as a flip.';

CREATE OR REPLACE FUNCTION end_stale_leader(silent_for interval) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  stale integer;
BEGIN
  IF NOT EXISTS (SELECT FROM batching AS b WHERE b.state <> 'idle' AND b.heartbeat_at < clock_timestamp() - silent_for) THEN
    RETURN NULL;
  END IF;
  -- The one that showed itself last, and still has the lock. pg_stat_activity would tell an owner that is no superuser nothing of it.
  SELECT l.pid INTO stale FROM pg_locks AS l
  WHERE l.locktype = 'advisory' AND l.classid = 493269102 AND l.objid = 0 AND l.granted
    AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
    AND l.pid = (SELECT b.leader_pid FROM batching AS b);
  IF stale IS NULL THEN
    -- dead already, and its locks with it
    PERFORM beat_batching('nobody', 'idle');
    RETURN NULL;
  END IF;
  PERFORM pg_terminate_backend(stale);
  RETURN stale;
EXCEPTION WHEN insufficient_privilege THEN
  -- The gate stays shut and the sweeps go on; an error would break the link of whoever sweeps, each time.
  RAISE WARNING USING
    MESSAGE = format('%s may not end the batching leader, pid %s, which has been silent for %s', current_user, stale, silent_for),
    HINT = format('As a superuser: SELECT pg_terminate_backend(%s)', stale);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION end_stale_leader(interval) IS
  'Ends a batching leader that has not shown itself for so long: a frozen process keeps its locks, and writers would stay silent. '
  'Every relay calls it with its sweep, and as itself: a leader of its own role it may end, the owner of this function might not.';

-- Rights --------------------------------------------------------------------------------------------------------------

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION place_order(uuid, uuid, text, order_type, text, text, integer, jsonb),
  place_round(uuid, uuid, text, text, text, integer, jsonb), place_guest_round(uuid, uuid, text, text, text, integer, jsonb, uuid),
  cancel_unstarted_order(uuid), cancel_unstarted_round(uuid, uuid), acknowledge_void(uuid, uuid, uuid),
  adopt_epoch(), prune_events(interval, integer), take_batching_lead(text), beat_batching(text, text),
  end_stale_leader(interval) FROM PUBLIC;

COMMIT;
