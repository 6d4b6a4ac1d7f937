-- announce.sql: how a change of an order is announced to the screens.
--
-- Step 2 of the story: at commit, a deferred trigger writes one small row to events and sends a hint on channel kds_events.
-- Step 1 is rules.sql; triggers.sql hangs these functions on the tables; step 3 is kds/relay/listening/listener.py, which hears the hint and
-- reads what is new.
-- By hand: after rules.sql. Safe to re-run beside writers, and one transaction.
--
-- What a transaction has done so far stands in transaction-local settings, which a rolled-back savepoint takes back. Each
-- begins with transaction_mark(), see rules.sql: what a session was left with, or a pool, counts for nothing.
--   kds.touched  the order remembered last; '+' while nothing but SENT KOTs were added since this very transaction inserted
--                it, else '-'; '*' when it is not the only one; the lock keys of all branches:
--                '0000000000001c90fb7e0b2c000040008000000000000001+,17,'
--   kds.locked   the lock keys that were taken, in a transaction over several branches
--   kds.events   the order announced last, and how many events were written, up to 1,000; stays empty in a transaction that
--                places one order
-- Any writer may set them within its transaction, so they only spare work: the lock of a branch is taken anyway, an event that
-- is said to be written is looked up. What a writer can hide by writing a '+' are KOTs and items that it adds itself.
--
-- Advisory locks (class, key): 493269100, stripe: the order of commits in a branch; 493269101, 0: the gate, see announce_new_order();
-- 493269102, 0: the batching leader; 493269103, 493269106, 493269107: numbers.sql; 493269104, 0: kds migrate; 493269105, table: place_guest_round();
-- 493269199, 0: readyz, for a moment.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION branch_stripe(branch uuid) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN uuid_hash(branch) & 1023;
COMMENT ON FUNCTION branch_stripe(uuid) IS
  'The lock key of a branch: one of 1,024, so that a transaction that touches every branch of a chain does not fill the lock table.';

-- Every writer pays for these functions at every order. What `python -m tests.bench instructions` taught, of an order that
-- costs 700,000 without triggers: a set_config() 8,000, an expression of plpgsql 4,000 in each transaction that comes by, a call
-- of a trigger function 8,000 and each SET clause of it 3,000 to 5,000, a WHEN that calls functions 10,000 to 50,000 at each
-- statement (its text is parsed anew), ON CONFLICT 32,000. So there are few settings and short WHENs, a call whose result
-- nobody needs is an assignment (PERFORM would be a query), RETURN NEW stands where NULL would be one more expression, and the
-- commonest transaction, one new order, has a path of its own.
-- A deferred trigger without a WHEN comes at COMMIT for every changed row, and returns at once for an order that was announced.

CREATE OR REPLACE FUNCTION remember_new_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  IF current_setting('kds.touched', true) <> '' THEN
    ignored := public.remember(NEW.id, NEW.branch_id, CASE NEW.status WHEN 'SENT' THEN '+' ELSE '-' END);
  ELSE  -- the same for the first one, without the call
    ignored := set_config('kds.touched', public.order_mark(NEW.id) || CASE NEW.status WHEN 'SENT' THEN '+,' ELSE '-,' END
      || public.branch_stripe(NEW.branch_id) || ',', true);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION remember_new_order() IS
  'As remember_order(), for an order that was inserted: its KOTs need no roll-up, and its items no announcement.';

CREATE OR REPLACE FUNCTION remember_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  IF starts_with(current_setting('kds.touched', true), public.order_mark(NEW.id)) IS NOT TRUE THEN
    ignored := public.remember(NEW.id, NEW.branch_id, '-');
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_order() IS
  'At statement time: remembers the order, and the lock its branch needs, so that its announcement can take all locks in one sorted order.';

CREATE OR REPLACE FUNCTION remember_removed_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  -- '*': even alone it may meet an event of this transaction, that of the same id inserted before or after
  ignored := public.remember(OLD.id, OLD.branch_id, '-*');
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_removed_order() IS 'As remember_order(), for a deleted one.';

CREATE OR REPLACE FUNCTION remember_order_of_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  changed_order uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.order_id ELSE NEW.order_id END;
  branch uuid;
  ignored text;
BEGIN
  IF starts_with(current_setting('kds.touched', true), public.order_mark(changed_order)) IS NOT TRUE THEN
    SELECT o.branch_id INTO branch FROM public.orders AS o WHERE o.id = changed_order;
    IF branch IS NOT NULL THEN  -- else deleted with its order, which remembers itself
      ignored := public.remember(changed_order, branch, '-');
    END IF;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_order_of_part() IS 'As remember_order(), for a KOT or an item.';

CREATE OR REPLACE FUNCTION remember(changed_order uuid, branch uuid, mark text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  stripes text;
BEGIN
  IF starts_with(current_setting('kds.touched', true), public.transaction_mark()) IS NOT TRUE THEN
    RETURN set_config('kds.touched', public.order_mark(changed_order) || mark || ',' || public.branch_stripe(branch) || ',', true);
  END IF;
  stripes := ltrim(substr(current_setting('kds.touched', true), 50), '*');
  IF position(',' || public.branch_stripe(branch) || ',' IN stripes) = 0 THEN
    stripes := stripes || public.branch_stripe(branch) || ',';
  END IF;
  RETURN set_config('kds.touched', public.order_mark(changed_order) || left(mark, 1) || '*' || stripes, true);
END
$$;
COMMENT ON FUNCTION remember(uuid, uuid, text) IS 'Adds an order and the lock key of its branch to what this transaction has touched.';

CREATE OR REPLACE FUNCTION touch_orders() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  -- '+': items of another order, or of one that has KOTs which are not SENT, are looked at
  PERFORM FROM added AS a
  WHERE (position(public.order_mark(a.order_id) || '+' IN current_setting('kds.touched', true)) = 1) IS NOT TRUE
    -- array_position() also refuses more than one dimension
    OR a.price_cents < 0 OR array_position(a.modifiers || a.allergens, NULL) IS NOT NULL;
  IF FOUND THEN
    UPDATE public.orders SET priority = priority WHERE id IN (SELECT a.order_id FROM added AS a)
      AND starts_with(current_setting('kds.touched', true), public.order_mark(id)) IS NOT TRUE;
    IF NOT public.is_restoring() THEN
      PERFORM public.check_item(a, NULL) FROM added AS a;
      PERFORM public.check_kot_takes_items(k.kot_id, k.order_id)
      FROM (SELECT DISTINCT a.order_id, a.kot_id FROM added AS a ORDER BY 1, 2) AS k;
    END IF;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION touch_orders() IS
  'Items that are added to an order of an earlier transaction change the order, whose own triggers remember and announce it; '
  'what is unusual about them is looked at by the functions of values.sql.';

CREATE OR REPLACE FUNCTION lock_stripes(needed integer) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  stripes text := ltrim(substr(current_setting('kds.touched', true), 50), '*');
  stripe integer;
  ignored text;
BEGIN
  IF starts_with(current_setting('kds.touched', true), public.transaction_mark()) IS NOT TRUE
     OR current_setting('kds.locked', true) = public.transaction_mark() || stripes THEN
    RETURN NULL;
  END IF;
  FOR stripe IN
    SELECT DISTINCT s::integer FROM string_to_table(trim(BOTH ',' FROM concat(stripes, ',', needed)), ',') AS s
    WHERE s ~ '^[0-9]{1,4}$' ORDER BY 1
  LOOP
    ignored := pg_advisory_xact_lock(493269100, stripe);
  END LOOP;
  RETURN set_config('kds.locked', public.transaction_mark() || stripes, true);
END
$$;
COMMENT ON FUNCTION lock_stripes(integer) IS
  'Locks every branch this transaction touched, sorted by key, so that two transactions over several branches cannot deadlock.';

CREATE OR REPLACE FUNCTION send_hint(branch uuid, changed_order uuid, what event_kind, order_status kitchen_status)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_notify('kds_events', json_build_object('type', what, 'branchId', branch, 'orderId', changed_order,
    'status', order_status, 'revision', currval('public.event_revision'))::text);
END
$$;
COMMENT ON FUNCTION send_hint(uuid, uuid, event_kind, kitchen_status) IS 'Tells the relays of the event just written.';

CREATE OR REPLACE FUNCTION write_event(branch uuid, changed_order uuid, what event_kind, order_status kitchen_status)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  written integer;
  ignored text;
BEGIN
  IF starts_with(current_setting('kds.events', true), public.transaction_mark()) THEN
    written := substring(current_setting('kds.events', true) FROM ' ([0-9]{1,4})$');
    IF written >= 1000 THEN
      changed_order := NULL;
      what := 'RESYNC';
    END IF;
  END IF;
  -- An asynchronous commit would show screens what a crash, or the loss of this server, can take back.
  IF current_setting('synchronous_commit') IN ('off', 'local') THEN
    ignored := set_config('synchronous_commit', 'on', true);
  END IF;
  IF ltrim(substr(current_setting('kds.touched', true), 50), '*')
     <> ',' || public.branch_stripe(branch) || ',' THEN
    ignored := public.lock_stripes(public.branch_stripe(branch));
  END IF;
  -- This one whatever the settings say; what is held already is not waited for.
  ignored := pg_advisory_xact_lock(493269100, public.branch_stripe(branch));
  INSERT INTO public.events AS e (branch_id, order_id, kind) VALUES (branch, changed_order, what)
  ON CONFLICT (xid, branch_id, order_id) DO UPDATE SET kind = excluded.kind
    WHERE excluded.kind <> 'ORDER_UPDATED' AND e.kind <> excluded.kind;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  ignored := set_config('kds.events', public.order_mark(coalesce(changed_order, branch)) || ' '
    || least(coalesce(written, 0) + 1, 1000), true);
  IF current_setting('kds.notify', true) = 'always' OR pg_try_advisory_xact_lock_shared(493269101, 0) THEN
    ignored := public.send_hint(branch, changed_order, what, order_status);
  END IF;
END
$$;
COMMENT ON FUNCTION write_event(uuid, uuid, event_kind, kitchen_status) IS
  'Writes the event of an order, once for each in a transaction, of the kind that says most, and sends the hint; past 1,000 '
  'orders a RESYNC of the branch instead.';
COMMENT ON TABLE events IS
  'That an order changed, not how: one row per transaction and order. Written by announce_new_order(), announce_order() and their '
  'like, read by the relays, pruned after an hour. No foreign keys: it is transport.';

CREATE OR REPLACE FUNCTION announce_new_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  -- This new order is all that the transaction touched, and so this its only event: nothing to conflict with.
  -- The lock in a statement of its own, before the one that takes the revision: whoever waits here takes the later
  -- revision and commits later, because the lock is given back only after the commit is visible. So revisions of a
  -- branch grow in commit order, and a relay that has read up to one of them has read all before it.
  IF position('+,' IN current_setting('kds.touched', true)) > 0
     AND current_setting('synchronous_commit') NOT IN ('off', 'local')
     AND pg_advisory_xact_lock(493269100, public.branch_stripe(NEW.branch_id)) IS NOT NULL THEN  -- void, and never NULL
    INSERT INTO public.events (branch_id, order_id, kind) VALUES (NEW.branch_id, NEW.id, 'NEW_ORDER');
    -- Refused means that a batching leader holds the gate and polls events: it will see the row, and a NOTIFY would make
    -- this commit wait in the one queue of all notifying commits of the cluster.
    IF current_setting('kds.notify', true) = 'always' OR pg_try_advisory_xact_lock_shared(493269101, 0) THEN
      ignored := public.send_hint(NEW.branch_id, NEW.id, 'NEW_ORDER', NEW.status);
    END IF;
  ELSE
    ignored := public.write_event(NEW.branch_id, NEW.id, 'NEW_ORDER', NEW.status);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION announce_new_order() IS
  'At COMMIT: writes the event of a new order, and sends the hint, unless a batching relay polls; '
  'ALTER DATABASE ... SET kds.notify = ''always'' for programs of your own that LISTEN.';

CREATE OR REPLACE FUNCTION announce_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  ignored text;
BEGIN
  IF starts_with(current_setting('kds.events', true), public.order_mark(NEW.id)) THEN
    IF EXISTS (SELECT FROM public.events AS e
               WHERE e.xid = pg_current_xact_id() AND e.branch_id = NEW.branch_id AND e.order_id = NEW.id) THEN
      RETURN NULL;
    END IF;
  END IF;
  ignored := public.write_event(NEW.branch_id, NEW.id, 'ORDER_UPDATED', NEW.status);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_order() IS 'As announce_new_order(), for a changed one.';

CREATE OR REPLACE FUNCTION announce_removed_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  ignored := public.write_event(OLD.branch_id, OLD.id, 'ORDER_REMOVED', OLD.status);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_removed_order() IS 'At COMMIT: writes the event of a deleted order.';

CREATE OR REPLACE FUNCTION announce_order_of_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  changed_order uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.order_id ELSE NEW.order_id END;
  ignored text;
BEGIN
  IF starts_with(current_setting('kds.events', true), public.order_mark(changed_order)) THEN
    IF EXISTS (SELECT FROM public.events AS e
               WHERE e.xid = pg_current_xact_id() AND e.order_id = changed_order
                 AND e.branch_id = (SELECT o.branch_id FROM public.orders AS o WHERE o.id = changed_order)) THEN
      RETURN NULL;
    END IF;
  END IF;
  -- no row: deleted with its order, which announces itself
  SELECT public.write_event(o.branch_id, o.id, 'ORDER_UPDATED', o.status) INTO ignored
  FROM public.orders AS o WHERE o.id = changed_order;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_order_of_part() IS 'At COMMIT: writes the event of an order of which a KOT or an item changed.';

CREATE OR REPLACE FUNCTION announce_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  branch uuid;
BEGIN
  FOR branch IN SELECT b.id FROM public.branches AS b ORDER BY public.branch_stripe(b.id) LOOP
    PERFORM public.write_event(branch, NULL, 'RESYNC', NULL);
  END LOOP;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_truncate() IS 'TRUNCATE fires no row trigger: every branch reads itself anew.';

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION remember_new_order(), remember_order(), remember_removed_order(), remember_order_of_part(),
  remember(uuid, uuid, text), touch_orders(), lock_stripes(integer), send_hint(uuid, uuid, event_kind, kitchen_status),
  write_event(uuid, uuid, event_kind, kitchen_status), announce_new_order(), announce_order(), announce_removed_order(),
  announce_order_of_part(), announce_truncate() FROM PUBLIC;

COMMIT;
