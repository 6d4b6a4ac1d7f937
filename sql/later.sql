-- later.sql: an order that is promised for later: how many there are, when each is fired, and what another promise changes.
--
-- Step 1 of the story, with firing.sql. An order with a due_at is for later until orders.lead_s says how long before that it is
-- fired; until then boards only count it.
-- By hand: after firing.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'kots');

CREATE OR REPLACE FUNCTION first_look(due_at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE RETURN greatest(due_at - interval '2 hours', now());
COMMENT ON FUNCTION first_look(timestamptz) IS
  'When the clock works out when an order is fired that is promised for then: no dish takes longer than two hours.';

CREATE OR REPLACE FUNCTION cooked_lately(branch uuid) RETURNS TABLE (station text, ready_at timestamptz, cooked_s float8)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY
  SELECT k.station, k.ready_at, extract(epoch FROM k.ready_at - coalesce(k.fired_at, k.sent_at))::float8
  FROM (
    (SELECT o.id FROM orders AS o
     WHERE o.branch_id = branch AND o.status = 'COMPLETED' AND o.completed_at BETWEEN now() - interval '7 days' AND now() + interval '10 minutes'
     ORDER BY o.completed_at DESC LIMIT 200)
    UNION ALL
    (SELECT o.id FROM orders AS o WHERE o.branch_id = branch AND o.status IN ('SENT', 'READY') ORDER BY o.placed_at DESC LIMIT 200)
  ) AS o
  CROSS JOIN LATERAL (SELECT * FROM kots WHERE order_id = o.id OFFSET 0) AS k  -- by its index, however few KOTs there are yet
  WHERE k.status IN ('READY', 'COMPLETED') AND k.ready_at BETWEEN now() - interval '7 days' AND now() + interval '10 minutes'
    AND k.ready_at > coalesce(k.fired_at, k.sent_at) AND k.ready_at < coalesce(k.fired_at, k.sent_at) + interval '2 hours';
END
$$;
COMMENT ON FUNCTION cooked_lately(uuid) IS
  'How long the KOTs took that were READY in the last seven days, of the last 200 orders that were completed and of the last 200 that are open. One of two hours '
  'was forgotten, not cooked; one that was READY when it was sent was imported.';

CREATE OR REPLACE FUNCTION cooking_p90_s(branch uuid) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN (
    SELECT ceil(CASE
      WHEN count(*) FILTER (WHERE c.is_recent) >= 5 THEN percentile_cont(0.9) WITHIN GROUP (ORDER BY c.cooked_s) FILTER (WHERE c.is_recent)
      WHEN count(*) >= 5 THEN percentile_cont(0.9) WITHIN GROUP (ORDER BY c.cooked_s) END)
    FROM (SELECT l.cooked_s, l.ready_at > now() - interval '3 hours' AS is_recent FROM cooked_lately(branch) AS l) AS c);
END
$$;
COMMENT ON FUNCTION cooking_p90_s(uuid) IS
  'In how many seconds nine of ten KOTs of the last three hours were READY after they were fired, or of the last seven days when these '
  'had fewer than five; NULL when those had fewer too.';

CREATE OR REPLACE FUNCTION orders_for_later(branch uuid, OUT orders bigint, OUT next_at timestamptz)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  SELECT count(*), min(l.due_at) INTO orders, next_at FROM (
    SELECT o.due_at FROM orders AS o
    WHERE o.branch_id = branch AND o.due_at > now() - interval '1 day' AND o.status = 'SENT' AND o.lead_s IS NULL
    ORDER BY o.due_at LIMIT 1000) AS l;
END
$$;
COMMENT ON FUNCTION orders_for_later(uuid) IS 'How many orders of a branch are promised for later than boards show, at most 1,000, and when the next is due.';

CREATE OR REPLACE FUNCTION work_out_lead(wanted_order uuid, is_near boolean, p90_s integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  due timestamptz;
  takes_s integer;
BEGIN
  SELECT o.due_at, least(coalesce(greatest(
      (SELECT max(m.prep_s) FROM order_items AS i JOIN menu_items AS m ON m.id = i.menu_item_id
       WHERE i.order_id = o.id AND NOT i.voided),
      p90_s), 900), 7200)  -- never at the time it is promised for
  INTO due, takes_s FROM orders AS o WHERE o.id = wanted_order AND o.due_at IS NOT NULL AND o.lead_s IS NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF is_near OR takes_s >= 3600 OR due <= now() + interval '1 hour' THEN
    UPDATE orders AS o SET lead_s = takes_s WHERE o.id = wanted_order;
    UPDATE kots AS k SET fire_at = due - make_interval(secs => takes_s)
    WHERE k.order_id = wanted_order AND k.held AND 'TIME' = ANY (k.waits_for);
  ELSE  -- the kitchen is measured again when it is on the boards
    UPDATE kots AS k SET fire_at = due - interval '1 hour'
    WHERE k.order_id = wanted_order AND k.held AND 'TIME' = ANY (k.waits_for) AND k.fire_at < due - interval '1 hour';
  END IF;
END
$$;
COMMENT ON FUNCTION work_out_lead(uuid, boolean, integer) IS
  'Works out when a promised order is fired, for good when it is an hour before, or is_near all the same: as long before due_at as its '
  'longest dish takes, or nine of ten KOTs just now (p90_s, of cooking_p90_s()), whatever is more; 15 minutes when neither is known. Its order is locked.';

CREATE OR REPLACE FUNCTION show_early(wanted_order uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM work_out_lead(o.id, true, cooking_p90_s(o.branch_id)) FROM orders AS o
  WHERE o.id = wanted_order AND o.due_at IS NOT NULL AND o.lead_s IS NULL;
END
$$;
COMMENT ON FUNCTION show_early(uuid) IS
  'Something of an order is cooked before its time: it is on the boards from now on, and what else of it waits is fired in time.';

CREATE OR REPLACE FUNCTION follow_fired_kot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  placed orders;
BEGIN
  SELECT * INTO placed FROM orders AS o WHERE o.id = NEW.order_id;
  IF placed.due_at IS NOT NULL AND placed.lead_s IS NULL THEN
    PERFORM show_early(placed.id);
  END IF;
  IF EXISTS (SELECT FROM kots AS k WHERE k.order_id = placed.id AND k.held AND 'COURSE' = ANY (k.waits_for)) THEN
    PERFORM settle_courses(placed.id, placed.branch_id);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION follow_fired_kot() IS 'What is fired may be what the next course counts from, and puts an order for later on the boards.';

CREATE OR REPLACE TRIGGER kots_follow_fired AFTER UPDATE OF held, waits_for ON kots FOR EACH ROW
  WHEN (OLD.held AND NOT NEW.held) EXECUTE FUNCTION follow_fired_kot();
COMMENT ON TRIGGER kots_follow_fired ON kots IS 'The next course may count from what is fired, and an order for later comes to the boards.';

CREATE OR REPLACE FUNCTION promise_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  becomes date;
BEGIN
  NEW.lead_s := NULL;
  SELECT ((coalesce(NEW.due_at, clock_timestamp()) AT TIME ZONE b.timezone) - b.day_starts_at)::date INTO becomes FROM branches AS b WHERE b.id = NEW.branch_id;
  IF becomes <> NEW.business_day AND NEW.business_day = OLD.business_day THEN
    NEW.business_day := becomes;
    NEW.order_number := take_order_number(NEW.branch_id, becomes, NULL, NULL);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION promise_anew() IS 'An order that is promised for another day, or for as soon as it can be, gets a number of that day.';

CREATE OR REPLACE TRIGGER orders_promise_anew BEFORE UPDATE OF due_at ON orders FOR EACH ROW
  WHEN (OLD.due_at IS DISTINCT FROM NEW.due_at) EXECUTE FUNCTION promise_anew();
COMMENT ON TRIGGER orders_promise_anew ON orders IS 'Number and business day are those of due_at, or of now without one.';

CREATE OR REPLACE FUNCTION hold_promised() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM set_config('kds.touched', replace(current_setting('kds.touched', true), '+', '-'), true);  -- KOTs to come wait as well
  IF NEW.due_at IS NULL THEN
    UPDATE kots AS k SET waits_for = array_remove(k.waits_for, 'TIME')
    WHERE k.order_id = NEW.id AND k.held AND 'TIME' = ANY (k.waits_for);
    RETURN NULL;
  END IF;
  -- what a cook has begun goes on
  UPDATE kots AS k SET held = true, waits_for = k.waits_for || kot_wait 'TIME', fire_at = first_look(NEW.due_at)
  WHERE k.order_id = NEW.id AND k.status = 'SENT' AND k.started_at IS NULL
    AND (NOT k.held OR 'TIME' = ANY (k.waits_for))
    AND NOT EXISTS (SELECT FROM order_items AS i WHERE i.order_id = NEW.id AND i.kot_id = k.id AND i.done);
  IF EXISTS (SELECT FROM kots AS k WHERE k.order_id = NEW.id AND k.status <> 'CANCELLED' AND (NOT k.held OR k.started_at IS NOT NULL)) THEN
    PERFORM work_out_lead(NEW.id, true, cooking_p90_s(NEW.branch_id));  -- the boards go on showing it
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION hold_promised() IS 'Another due_at holds what no cook has begun until then; none any more fires it.';

CREATE OR REPLACE TRIGGER orders_hold_promised AFTER UPDATE OF due_at ON orders FOR EACH ROW
  WHEN (OLD.due_at IS DISTINCT FROM NEW.due_at) EXECUTE FUNCTION hold_promised();
COMMENT ON TRIGGER orders_hold_promised ON orders IS 'What no cook has begun of a promised order waits for its time.';

-- Rights --------------------------------------------------------------------------------------------------------------

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION work_out_lead(uuid, boolean, integer), show_early(uuid), follow_fired_kot(), promise_anew(), hold_promised() FROM PUBLIC;

COMMIT;
