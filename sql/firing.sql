-- firing.sql: what a KOT waits for before it is cooked, and how it is fired when nothing of that is left.
--
-- Step 1 of the story, with rules.sql. A KOT that waits is held, and kots.waits_for says for what; it is fired when nothing of
-- that is left, by settle_waits(), whoever took the last of it away. A writer needs no word of this: held = true waits for
-- a cook, held = false fires, orders.due_at holds the KOTs of that order, and kots.course those behind the first.
--
-- later.sql has what is promised for later, clock.sql who fires what comes by the clock.
-- By hand: after stock.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'kots');

-- What a KOT waits for ------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION settle_waits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.waits_for IS NOT DISTINCT FROM OLD.waits_for AND NEW.held <> OLD.held THEN
    NEW.waits_for := CASE WHEN NEW.held THEN coalesce(NEW.waits_for, '{HAND}') END;
  ELSIF NEW.waits_for IS NOT DISTINCT FROM OLD.waits_for AND NEW.fire_at IS NOT NULL
        AND NOT NEW.waits_for && '{TIME,COURSE,TOGETHER}' IS TRUE THEN
    NEW.waits_for := NEW.waits_for || kot_wait 'TIME';  -- only fire_at was written
  END IF;
  SELECT array_agg(DISTINCT w ORDER BY w) INTO NEW.waits_for FROM unnest(NEW.waits_for) AS w WHERE w IS NOT NULL AND NEW.status = 'SENT';
  NEW.held := NEW.waits_for IS NOT NULL;
  IF NEW.held THEN
    IF NEW.waits_for && '{TIME,TOGETHER}' THEN
      NEW.fire_at := coalesce(NEW.fire_at, now());
    ELSIF NEW.waits_for && '{COURSE,PAYMENT}' AND NEW.waits_for IS DISTINCT FROM OLD.waits_for THEN
      NEW.fire_at := now();  -- the clock looks which course is over, and what is paid: here others may be writing that
    END IF;
    RETURN NEW;
  END IF;
  NEW.fire_at := NULL;
  IF OLD.held AND NEW.status = 'SENT' AND NEW.fired_at IS NOT DISTINCT FROM OLD.fired_at THEN
    NEW.fired_at := now();
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION settle_waits() IS
  'Keeps held, waits_for and fire_at of one mind, whichever was written: a KOT is held while it waits for something, and fired when nothing '
  'is left. waits_for counts where both were written.';

CREATE OR REPLACE TRIGGER kots_settle_waits BEFORE UPDATE OF held, waits_for, fire_at ON kots FOR EACH ROW
  WHEN (OLD.held <> NEW.held OR OLD.waits_for IS DISTINCT FROM NEW.waits_for OR OLD.fire_at IS DISTINCT FROM NEW.fire_at)
  EXECUTE FUNCTION settle_waits();
COMMENT ON TRIGGER kots_settle_waits ON kots IS 'A KOT is held while it waits for something, and fired when nothing is left.';

CREATE OR REPLACE FUNCTION hold_new_kot(added kots) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  placed orders;
  waits kot_wait[] := added.waits_for;
  looks_at timestamptz := added.fire_at;
BEGIN
  IF is_restoring() THEN
    RETURN;
  ELSIF added.status <> 'SENT' THEN
    UPDATE kots AS k SET held = false, waits_for = NULL, fire_at = NULL
    WHERE k.id = added.id AND (k.held OR num_nonnulls(k.waits_for, k.fire_at) > 0);
    RETURN;
  END IF;
  SELECT * INTO placed FROM orders AS o WHERE o.id = added.order_id;
  IF waits IS NULL AND added.held THEN
    waits := '{HAND}';
  ELSIF waits IS NULL THEN
    IF looks_at IS NOT NULL THEN
      -- a time of its own is not worked out from the promise
      waits := CASE WHEN placed.due_at IS NULL THEN '{TIME}' ELSE '{TOGETHER}' END;
    ELSIF placed.due_at IS NOT NULL AND NOT EXISTS (
        -- what is added to an order that was fired early is cooked with it; fired_at, for those of one statement are not held yet
        SELECT FROM kots AS k WHERE k.order_id = added.order_id AND k.id <> added.id AND NOT k.held AND k.status <> 'CANCELLED'
          AND (num_nonnulls(k.fired_at, k.started_at) > 0 OR k.status <> 'SENT')) THEN
      looks_at := CASE WHEN placed.lead_s IS NULL THEN first_look(placed.due_at)
        ELSE placed.due_at - make_interval(secs => least(placed.lead_s, 7200)) END;
      waits := CASE WHEN placed.lead_s IS NULL OR looks_at > now() THEN '{TIME}'::kot_wait[] END;
    END IF;
    IF added.course > 1 THEN
      waits := waits || kot_wait 'COURSE';
      looks_at := coalesce(looks_at, now());  -- which courses come before it is known after COMMIT
    END IF;
  ELSIF waits && '{TIME,COURSE,TOGETHER}' THEN
    looks_at := coalesce(looks_at, now());
  END IF;
  IF placed.paid_at IS NOT NULL THEN
    waits := nullif(array_remove(waits, 'PAYMENT'), '{}');
  END IF;
  IF waits IS NULL THEN
    looks_at := NULL;  -- its time has come already
  END IF;
  UPDATE kots AS k SET held = waits IS NOT NULL, waits_for = waits, fire_at = looks_at
  WHERE k.id = added.id AND (k.held, k.waits_for, k.fire_at) IS DISTINCT FROM (waits IS NOT NULL, waits, looks_at);
END
$$;
COMMENT ON FUNCTION hold_new_kot(kots) IS
  'Holds a KOT that came, by what its writer said, by the time its order is promised for, and by its course.';

CREATE OR REPLACE FUNCTION and_new_kot(added uuid) RETURNS text
LANGUAGE sql STABLE RETURN CASE
  WHEN current_setting('kds.kot', true) <> '' THEN right(current_setting('kds.kot', true), 960) || order_mark(added)
  ELSE order_mark(added) END;
COMMENT ON FUNCTION and_new_kot(uuid) IS
  'What kds.kot says when this KOT takes items as well, see remember.sql; of many the last 21, or each would copy those before it.';

CREATE OR REPLACE FUNCTION add_kot(added kots, is_usual boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  rolled public.kitchen_status;
  promised_for timestamptz;
  may_wait boolean := (added.held OR added.course <> 1 OR num_nonnulls(added.waits_for, added.fire_at, added.started_at) > 0) IS TRUE;
  ignored text;
BEGIN
  IF NOT is_usual THEN
    ignored := public.settle_new_kot(added);  -- see values.sql
  ELSIF may_wait AND NOT public.is_restoring() THEN
    ignored := public.check_kot(added, NULL);
  END IF;
  IF NOT is_usual OR may_wait THEN
    IF added.status = 'SENT' AND position(public.order_mark(added.order_id) || '+' IN current_setting('kds.touched', true)) = 1 THEN
      ignored := public.hold_new_kot(added);  -- see firing.sql
      RETURN;
    END IF;
  END IF;
  -- as roll_up() does
  UPDATE public.orders SET status = status WHERE id = added.order_id RETURNING status, due_at INTO rolled, promised_for;
  IF rolled = 'CANCELLED' AND added.status <> 'CANCELLED' AND NOT public.is_restoring() THEN
    RAISE check_violation USING
      MESSAGE = format('order %s is CANCELLED and takes no new KOT', added.order_id),
      HINT = 'Place a new order.';
  END IF;
  IF may_wait OR promised_for IS NOT NULL THEN
    ignored := public.hold_new_kot(added);
  END IF;
  IF added.status = 'SENT' THEN
    ignored := set_config('kds.kot', public.and_new_kot(added.id), true);
  END IF;
END
$$;
COMMENT ON FUNCTION add_kot(kots, boolean) IS
  'Moves the order of a KOT that came, see follow_kots(), and settles what is unusual about that, not is_usual: its times, round or '
  'station; holds it where it waits for something. A CANCELLED order refuses it.';

CREATE OR REPLACE FUNCTION fire_paid() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  UPDATE kots AS k SET waits_for = array_remove(k.waits_for, 'PAYMENT')
  WHERE k.order_id = NEW.id AND k.held AND 'PAYMENT' = ANY (k.waits_for);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION fire_paid() IS 'What waits for the payment of its order waits for that no longer.';

CREATE OR REPLACE TRIGGER orders_fire_paid AFTER UPDATE OF paid_at ON orders FOR EACH ROW
  WHEN (OLD.paid_at IS NULL AND NEW.paid_at IS NOT NULL) EXECUTE FUNCTION fire_paid();
COMMENT ON TRIGGER orders_fire_paid ON orders IS 'A payment fires what waited for that alone.';

-- Courses -------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION settle_courses(wanted_order uuid, branch uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  fires course_firing;
  gap interval;
  next_course integer;
  comes_at timestamptz;
BEGIN
  SELECT b.courses_fire, make_interval(mins => b.course_minutes) INTO fires, gap FROM branches AS b WHERE b.id = branch;
  FOR next_course IN
    SELECT DISTINCT coalesce(k.course, 1) FROM kots AS k
    WHERE k.order_id = wanted_order AND k.held AND 'COURSE' = ANY (k.waits_for) ORDER BY 1
  LOOP
    -- infinity: not yet, and not by the clock; nothing before it: at once
    SELECT CASE
        WHEN count(*) = 0 THEN now()
        WHEN fires = 'READY' THEN CASE WHEN bool_and(k.status <> 'SENT') THEN now() ELSE 'infinity' END
        WHEN fires = 'MINUTES' AND NOT bool_or(k.held) THEN max(coalesce(k.fired_at, k.sent_at)) + gap
        ELSE 'infinity' END
    INTO comes_at FROM kots AS k
    WHERE k.order_id = wanted_order AND coalesce(k.course, 1) < next_course AND k.status <> 'CANCELLED';
    UPDATE kots AS k SET
      waits_for = CASE WHEN comes_at <= now() THEN array_remove(k.waits_for, 'COURSE') ELSE k.waits_for END,
      -- TIME and TOGETHER have their own
      fire_at = CASE WHEN k.waits_for && '{TIME,TOGETHER}' THEN k.fire_at
        WHEN comes_at <= now() THEN NULL ELSE nullif(comes_at, 'infinity') END
    WHERE k.order_id = wanted_order AND coalesce(k.course, 1) = next_course AND k.held AND 'COURSE' = ANY (k.waits_for)
      AND (comes_at <= now() OR NOT k.waits_for && '{TIME,TOGETHER}' AND k.fire_at IS DISTINCT FROM nullif(comes_at, 'infinity'));
  END LOOP;
END
$$;
COMMENT ON FUNCTION settle_courses(uuid, uuid) IS
  'Fires the courses of an order that need not wait any more, or says when the clock does. Its order is locked.';

-- What a cook takes back ----------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION has_begun(kot kots) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN kot.started_at IS NOT NULL OR kot.recalled
    OR EXISTS (SELECT FROM order_items AS i WHERE i.order_id = kot.order_id AND i.kot_id = kot.id AND i.done);
END
$$;
COMMENT ON FUNCTION has_begun(kots) IS 'Whether somebody is cooking a KOT that is SENT: it is not taken off the boards any more.';

CREATE OR REPLACE FUNCTION take_back_fire(wanted_order uuid, wanted_kot uuid, branch uuid, cook uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  placed orders;
  fired jsonb;
  kot kots;
  before jsonb;
  waits kot_wait[];
  was_later boolean := false;
  taken_back integer := 0;
BEGIN
  SELECT * INTO placed FROM orders AS o WHERE o.id = wanted_order AND o.branch_id = branch FOR NO KEY UPDATE;
  -- by fired_at: what was held and fired again since, or by another, is not what this cook did
  SELECT a.waited INTO fired FROM kitchen_actions AS a
  WHERE a.order_id = placed.id AND a.branch_id = branch AND a.staff_id = cook AND a.changed AND a.waited IS NOT NULL
    AND EXISTS (SELECT FROM kots AS k WHERE k.order_id = placed.id AND k.id = coalesce(wanted_kot, k.id) AND k.status = 'SENT' AND NOT k.held
                  AND k.fired_at = (a.waited -> k.id::text ->> 'firedAt')::timestamptz AND NOT has_begun(k))
  ORDER BY a.id DESC LIMIT 1;
  FOR kot IN
    SELECT k.* FROM kots AS k
    WHERE k.order_id = placed.id AND k.id = coalesce(wanted_kot, k.id) AND k.status = 'SENT' AND NOT k.held
      AND k.fired_at = (fired -> k.id::text ->> 'firedAt')::timestamptz AND NOT has_begun(k)
    ORDER BY k.id FOR NO KEY UPDATE
  LOOP
    before := fired -> kot.id::text;
    waits := ARRAY(SELECT jsonb_array_elements_text(before -> 'waitsFor'))::kot_wait[];
    was_later := was_later OR (before -> 'later')::boolean;
    IF placed.paid_at IS NOT NULL THEN
      waits := array_remove(waits, 'PAYMENT');
    END IF;
    UPDATE kots AS k SET held = true, fired_at = (before ->> 'firedBefore')::timestamptz,
      waits_for = coalesce(nullif(waits, '{}'), '{TIME}'),  -- it was paid meanwhile: the clock fires it
      -- of a course the clock looks anew; what a promise says may have changed
      fire_at = CASE WHEN waits = '{}' THEN now()
        WHEN 'TIME' = ANY (waits) AND placed.due_at IS NOT NULL THEN placed.due_at - make_interval(secs => coalesce(placed.lead_s, 0))
        WHEN waits && '{TIME,TOGETHER}' THEN (before ->> 'fireAt')::timestamptz END
    WHERE k.id = kot.id;
    taken_back := taken_back + 1;
  END LOOP;
  IF was_later AND NOT EXISTS (SELECT FROM kots AS k WHERE k.order_id = placed.id AND NOT k.held AND k.status <> 'CANCELLED') THEN
    UPDATE orders AS o SET lead_s = NULL WHERE o.id = placed.id AND o.lead_s IS NOT NULL;
    UPDATE kots AS k SET fire_at = first_look(placed.due_at)
    WHERE k.order_id = placed.id AND k.held AND 'TIME' = ANY (k.waits_for) AND placed.due_at IS NOT NULL;
  END IF;
  RETURN taken_back;
END
$$;
COMMENT ON FUNCTION take_back_fire(uuid, uuid, uuid, uuid) IS
  'Takes back the last fire of a cook in an order, or in one KOT of it: each KOT that is as the cook left it waits again for what it waited '
  'for. What has come meanwhile fires it, by the clock, at once; an order for later leaves the boards again. How many KOTs.';

-- Rights --------------------------------------------------------------------------------------------------------------

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION settle_waits(), hold_new_kot(kots), add_kot(kots, boolean), fire_paid(),
  settle_courses(uuid, uuid), has_begun(kots), take_back_fire(uuid, uuid, uuid, uuid) FROM PUBLIC;

COMMIT;
