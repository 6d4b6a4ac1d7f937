-- announce.sql: how a change of an order is announced to the screens.
--
-- Step 2 of the story, at COMMIT: a deferred trigger writes one small row to events and sends a hint on channel kds_events. It
-- comes for every changed row, and returns at once for an order that was announced. remember.sql has what it goes by; step 3 is
-- kds/relay/listening/listener.py, which hears the hint and reads what is new.
-- By hand: after remember.sql. Safe to re-run beside writers, and one transaction.
--
-- Advisory locks (class, key): 493269100, stripe: the order of commits in a branch; 493269101, 0: the gate, see announce_new_order();
-- 493269102, 0: the batching leader; 493269103, 493269106, 493269107: numbers.sql; 493269104, 0: kds migrate; 493269105, table: place_guest_round(); 493269108: clock.sql; 493269109: forgetting.sql;
-- 493269110, branch: who changes its menu, lock_menu of queries/manager.sql; 493269111, kind: who gives a name, lock_names of queries/domain.sql;
-- 493269199, 0: readyz, for a moment.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION lock_stripes(needed integer) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  stripes text := ltrim(substr(current_setting('kds.touched', true), 50), '*');
  stripe integer;
  ignored text;
BEGIN
  IF (position(public.transaction_mark() IN current_setting('kds.touched', true)) = 1) IS NOT TRUE
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
  IF current_setting('kds.events', true) <> '' THEN
    IF current_setting('kds.forgetting', true) = public.transaction_mark() THEN
      IF public.forgets_in_silence(branch, changed_order) THEN  -- see forgetting.sql
        RETURN;
      END IF;
    END IF;
    IF position(public.transaction_mark() IN current_setting('kds.events', true)) = 1 THEN
      written := substring(current_setting('kds.events', true) FROM ' ([0-9]{1,4})$');
    END IF;
    IF written >= 1000 THEN
      changed_order := NULL;
      what := 'RESYNC';
    END IF;
  END IF;
  -- An asynchronous commit would show screens what a crash, or the loss of this server, can take back.
  IF current_setting('synchronous_commit') IN ('off', 'local') THEN
    ignored := set_config('synchronous_commit', 'on', true);
  END IF;
  IF position('-,' IN current_setting('kds.touched', true)) = 0 THEN  -- else it touched one order, whose announcement conflicts anyway
    IF position('*' IN current_setting('kds.touched', true)) > 0 THEN  -- several: of several branches?
      IF ltrim(substr(current_setting('kds.touched', true), 50), '*') <> ',' || public.branch_stripe(branch) || ',' THEN
        ignored := public.lock_stripes(public.branch_stripe(branch));
      END IF;
    ELSE
      -- a change of a new order before the order itself, as SET CONSTRAINTS can have it: there is something to conflict with
      ignored := set_config('kds.touched', replace(current_setting('kds.touched', true), '+', '-'), true);
    END IF;
  END IF;
  -- This one whatever the settings say; what is held already is not waited for.
  ignored := pg_advisory_xact_lock(493269100, public.branch_stripe(branch));
  IF what = 'ORDER_UPDATED' THEN  -- says least
    INSERT INTO public.events (branch_id, order_id, kind) VALUES (branch, changed_order, what)
    ON CONFLICT (xid, branch_id, order_id) DO NOTHING;
  ELSE
    INSERT INTO public.events AS e (branch_id, order_id, kind) VALUES (branch, changed_order, what)
    ON CONFLICT (xid, branch_id, order_id) DO UPDATE SET kind = excluded.kind WHERE e.kind <> excluded.kind;
  END IF;
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
  IF position(public.order_mark(NEW.id) IN current_setting('kds.events', true)) = 1 THEN
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
  IF position(public.order_mark(changed_order) IN current_setting('kds.events', true)) = 1 THEN
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

CREATE OR REPLACE FUNCTION resync_branches() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  branch uuid;
BEGIN
  FOR branch IN SELECT b.id FROM public.branches AS b ORDER BY public.branch_stripe(b.id) LOOP
    PERFORM public.write_event(branch, NULL, 'RESYNC', NULL);
  END LOOP;
  PERFORM pg_notify('kds_control', '{"type":"MENU_CHANGED"}');
END
$$;
COMMENT ON FUNCTION resync_branches() IS
  'Lets every screen read anew what is there, for changes that no trigger saw. kds migrate calls it where it puts lost triggers back.';

CREATE OR REPLACE FUNCTION announce_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM public.resync_branches();
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_truncate() IS 'TRUNCATE fires no row trigger: every branch reads itself anew.';

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION lock_stripes(integer), send_hint(uuid, uuid, event_kind, kitchen_status),
  write_event(uuid, uuid, event_kind, kitchen_status), announce_new_order(), announce_order(), announce_removed_order(),
  announce_order_of_part(), resync_branches(), announce_truncate() FROM PUBLIC;

COMMIT;
