-- triggers.sql: how a change of an order is announced to the screens.
--
-- Step 2 of the story: at commit, a deferred trigger writes one small row to events and sends a hint on channel kds_events.
-- Step 1 is rules.sql; step 3 is kds/listener.py, which hears the hint and reads what is new.
-- By hand: after rules.sql. Safe to re-run: this is also how to put a lost or disabled trigger back.
--
-- Two kinds of triggers stand on orders, kots and order_items:
--   *_remember_*  at the statement: notes which order changed and which lock its branch will need
--   *_announce_*  at COMMIT (deferred): takes the locks in one order for everybody, writes the event, sends the hint
--
-- What a transaction has touched so far stands in transaction-local settings, which a rolled-back savepoint takes back:
--   kds.touched  the order remembered last, whose announcement is queued, so that further rows of it need none; '+' while
--                nothing but SENT KOTs were added since this very transaction inserted it, else '-'; '*' when it is not the
--                only one; the lock keys of all branches: 'fb7e0b2c-0000-4000-8000-0123456789ab+,17,'
--   kds.locked   the lock keys held, in a transaction over several branches
--   kds.events   how many events were written, up to 1,000; stays empty in a transaction that places one order
--
-- Advisory locks (class, key): 493269100, stripe: the order of commits in a branch; 493269101, 0: the gate, see announce_new_order();
-- 493269102, 0: the batching leader; 493269103, sequence: rules.sql; 493269104, 0: kds migrate.

CREATE OR REPLACE FUNCTION branch_stripe(branch uuid) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN uuid_hash(branch) & 1023;
COMMENT ON FUNCTION branch_stripe(uuid) IS
  'The lock key of a branch: one of 1,024, so that a transaction that touches every branch of a chain does not fill the lock table.';

-- Every writer pays for these functions at every order. What `python -m tests.bench instructions` taught, of an order that
-- costs 700,000 without triggers: a set_config() 8,000, an expression of plpgsql 4,000 in each transaction that comes by, a call
-- of a trigger function 8,000, a WHEN 10,000 to 50,000 at each statement (its text is parsed anew), a call of an SQL
-- function that is not inlined 40,000, ON CONFLICT 32,000. So there is one setting, the WHENs are short, a call whose
-- result nobody needs is an assignment (PERFORM would be a query), and the commonest transaction, one new order, has a
-- path of its own.

CREATE OR REPLACE FUNCTION remember_new_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  IF current_setting('kds.touched', true) <> '' THEN
    ignored := public.remember(NEW.id, NEW.branch_id, CASE NEW.status WHEN 'SENT' THEN '+' ELSE '-' END);
  ELSE  -- the same for the first one, without the call
    ignored := set_config('kds.touched', NEW.id || CASE NEW.status WHEN 'SENT' THEN '+,' ELSE '-,' END
      || public.branch_stripe(NEW.branch_id) || ',', true);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_new_order() IS
  'As remember_order(), for an order that was inserted: its KOTs need no roll-up, and its items no announcement.';

CREATE OR REPLACE FUNCTION remember_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  IF starts_with(current_setting('kds.touched', true), NEW.id::text) IS NOT TRUE THEN
    ignored := public.remember(NEW.id, NEW.branch_id, '-');
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_order() IS
  'At statement time: remembers the order, and the lock its branch needs, so that its announcement can take all locks in one sorted order.';

CREATE OR REPLACE FUNCTION remember_removed_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  changed_order uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.order_id ELSE NEW.order_id END;
  ignored text;
BEGIN
  IF starts_with(current_setting('kds.touched', true), changed_order::text) IS NOT TRUE THEN
    -- no row: deleted with its order, which remembers itself
    SELECT remember(o.id, o.branch_id, '-') INTO ignored FROM orders AS o WHERE o.id = changed_order;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_order_of_part() IS 'As remember_order(), for a KOT or an item.';

CREATE OR REPLACE FUNCTION remember(changed_order uuid, branch uuid, mark text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  stripes text;
BEGIN
  IF current_setting('kds.touched', true) <> '' THEN
    mark := left(mark, 1) || '*';
    stripes := ltrim(substr(current_setting('kds.touched', true), 38), '*');
    IF position(',' || public.branch_stripe(branch) || ',' IN stripes) > 0 THEN
      RETURN set_config('kds.touched', changed_order || mark || stripes, true);
    END IF;
  END IF;
  RETURN set_config('kds.touched', concat(changed_order, mark, coalesce(stripes, ','), public.branch_stripe(branch), ','), true);
END
$$;
COMMENT ON FUNCTION remember(uuid, uuid, text) IS 'Adds an order and the lock key of its branch to what this transaction has touched.';

CREATE OR REPLACE FUNCTION touch_orders() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  remembered uuid := nullif(left(current_setting('kds.touched', true), 36), '');
BEGIN
  IF EXISTS (SELECT FROM added AS a WHERE a.order_id IS DISTINCT FROM remembered) THEN
    UPDATE orders SET status = status WHERE id IN (SELECT a.order_id FROM added AS a);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION touch_orders() IS
  'Items that are added to an order of an earlier transaction change the order, whose own triggers remember and announce it.';

CREATE OR REPLACE FUNCTION lock_stripes(needed integer) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  stripes text := ltrim(substr(current_setting('kds.touched', true), 38), '*');
  stripe integer;
  ignored text;
BEGIN
  IF stripes = ',' || needed || ',' THEN  -- one branch, as nearly always; what is held already is not waited for
    RETURN pg_advisory_xact_lock(493269100, needed)::text;
  END IF;
  IF stripes = current_setting('kds.locked', true) AND position(',' || needed || ',' IN stripes) > 0 THEN
    RETURN stripes;
  END IF;
  FOR stripe IN
    SELECT DISTINCT s::integer FROM string_to_table(trim(BOTH ',' FROM concat(stripes, ',', needed)), ',') AS s
    WHERE s <> '' ORDER BY 1
  LOOP
    ignored := pg_advisory_xact_lock(493269100, stripe);
  END LOOP;
  RETURN set_config('kds.locked', stripes, true);
END
$$;
COMMENT ON FUNCTION lock_stripes(integer) IS
  'Locks every branch this transaction touched, sorted by key, so that two transactions over several branches cannot deadlock.';

CREATE OR REPLACE FUNCTION send_hint(branch uuid, changed_order uuid, what event_kind, order_status kitchen_status)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('kds_events', json_build_object('type', what, 'branchId', branch, 'orderId', changed_order,
    'status', order_status, 'revision', currval('event_revision'))::text);
END
$$;
COMMENT ON FUNCTION send_hint(uuid, uuid, event_kind, kitchen_status) IS 'Tells the relays of the event just written.';

CREATE OR REPLACE FUNCTION write_event(branch uuid, changed_order uuid, what event_kind, order_status kitchen_status)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  written integer := coalesce(nullif(current_setting('kds.events', true), ''), '0')::integer;
  ignored text;
BEGIN
  IF written >= 1000 THEN
    changed_order := NULL;
    what := 'RESYNC';
  END IF;
  -- An asynchronous commit would show screens what a crash can take back.
  IF current_setting('synchronous_commit') = 'off' THEN
    ignored := set_config('synchronous_commit', 'on', true);
  END IF;
  ignored := lock_stripes(branch_stripe(branch));
  INSERT INTO events AS e (branch_id, order_id, kind) VALUES (branch, changed_order, what)
  ON CONFLICT (xid, branch_id, order_id) DO UPDATE SET kind = excluded.kind
    WHERE excluded.kind <> 'ORDER_UPDATED' AND e.kind <> excluded.kind;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  ignored := set_config('kds.events', least(written + 1, 1000)::text, true);
  IF current_setting('kds.notify', true) = 'always' OR pg_try_advisory_xact_lock_shared(493269101, 0) THEN
    ignored := send_hint(branch, changed_order, what, order_status);
  END IF;
END
$$;
COMMENT ON FUNCTION write_event(uuid, uuid, event_kind, kitchen_status) IS
  'Writes the event of an order, once for each in a transaction, of the kind that says most, and sends the hint; past 1,000 '
  'orders a RESYNC of the branch instead.';

CREATE OR REPLACE FUNCTION announce_new_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  IF starts_with(current_setting('kds.touched', true), NEW.id || '+,') AND current_setting('synchronous_commit') <> 'off' THEN
    -- This new order is all that the transaction touched, and so this its only event: nothing to conflict with.
    -- The lock in a statement of its own, before the one that takes the revision: whoever waits here takes the later
    -- revision and commits later, because the lock is given back only after the commit is visible. So revisions of a
    -- branch grow in commit order, and a relay that has read up to one of them has read all before it.
    ignored := pg_advisory_xact_lock(493269100, branch_stripe(NEW.branch_id));
    INSERT INTO events (branch_id, order_id, kind) VALUES (NEW.branch_id, NEW.id, 'NEW_ORDER');
    -- Refused means that a batching leader holds the gate and polls events: it will see the row, and a NOTIFY would make
    -- this commit wait in the one queue of all notifying commits of the cluster.
    IF current_setting('kds.notify', true) = 'always' OR pg_try_advisory_xact_lock_shared(493269101, 0) THEN
      ignored := send_hint(NEW.branch_id, NEW.id, 'NEW_ORDER', NEW.status);
    END IF;
  ELSE
    ignored := write_event(NEW.branch_id, NEW.id, 'NEW_ORDER', NEW.status);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_new_order() IS
  'At COMMIT: writes the event of a new order, and sends the hint, unless a batching relay polls; '
  'ALTER DATABASE ... SET kds.notify = ''always'' for programs of your own that LISTEN.';

CREATE OR REPLACE FUNCTION announce_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  ignored := write_event(NEW.branch_id, NEW.id, 'ORDER_UPDATED', NEW.status);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_order() IS 'As announce_new_order(), for a changed one.';

CREATE OR REPLACE FUNCTION announce_removed_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  ignored := write_event(OLD.branch_id, OLD.id, 'ORDER_REMOVED', OLD.status);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_removed_order() IS 'At COMMIT: writes the event of a deleted order.';

CREATE OR REPLACE FUNCTION announce_order_of_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  changed_order uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.order_id ELSE NEW.order_id END;
  ignored text;
BEGIN
  -- no row: deleted with its order, which announces itself
  SELECT write_event(o.branch_id, o.id, 'ORDER_UPDATED', o.status) INTO ignored FROM orders AS o WHERE o.id = changed_order;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_order_of_part() IS 'At COMMIT: writes the event of an order of which a KOT or an item changed.';

CREATE OR REPLACE FUNCTION announce_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  branch uuid;
BEGIN
  FOR branch IN SELECT b.id FROM branches AS b ORDER BY branch_stripe(b.id) LOOP
    PERFORM write_event(branch, NULL, 'RESYNC', NULL);
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

-- The triggers. ENABLE ALWAYS: rows written by replication or a restore reach the screens as well. -------------------
--
-- An INSERT or DELETE of a KOT, and a change of its status, need none: roll_up_order() touches the order for them.

DO $$
DECLARE
  stale record;
BEGIN
  FOR stale IN
    SELECT t.tgname, c.relname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relname IN ('orders', 'kots', 'order_items') AND c.relnamespace = 'public'::regnamespace
      AND t.tgname ~ '_(remember|announce|touch)'
  LOOP
    EXECUTE format('DROP TRIGGER %I ON public.%I', stale.tgname, stale.relname);
  END LOOP;
END
$$;
DROP FUNCTION IF EXISTS remember_branch(uuid, text), touch_order();  -- of earlier versions

CREATE TRIGGER orders_remember_insert AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION remember_new_order();
CREATE TRIGGER orders_remember_update AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION remember_order();
CREATE TRIGGER orders_remember_delete AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION remember_removed_order();
CREATE TRIGGER kots_remember_update AFTER UPDATE ON kots FOR EACH ROW
  WHEN (OLD.status = NEW.status) EXECUTE FUNCTION remember_order_of_part();
CREATE TRIGGER order_items_touch_orders AFTER INSERT ON order_items REFERENCING NEW TABLE AS added FOR EACH STATEMENT
  EXECUTE FUNCTION touch_orders();
CREATE TRIGGER order_items_remember_update AFTER UPDATE ON order_items FOR EACH ROW
  EXECUTE FUNCTION remember_order_of_part();
CREATE TRIGGER order_items_remember_delete AFTER DELETE ON order_items FOR EACH ROW
  EXECUTE FUNCTION remember_order_of_part();

-- Whether to announce is asked at the statement, in a WHEN, before its remember: at COMMIT it would be too late to ask
-- whether the order was remembered before. An order that was is announced or queued already.
CREATE CONSTRAINT TRIGGER orders_announce_insert AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION announce_new_order();
CREATE CONSTRAINT TRIGGER orders_announce_update AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (starts_with(current_setting('kds.touched', true), NEW.id::text) IS NOT TRUE) EXECUTE FUNCTION announce_order();
CREATE CONSTRAINT TRIGGER orders_announce_delete AFTER DELETE ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION announce_removed_order();
CREATE CONSTRAINT TRIGGER kots_announce_update AFTER UPDATE ON kots DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.status = NEW.status AND starts_with(current_setting('kds.touched', true), NEW.order_id::text) IS NOT TRUE)
  EXECUTE FUNCTION announce_order_of_part();
CREATE CONSTRAINT TRIGGER order_items_announce_update AFTER UPDATE ON order_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (starts_with(current_setting('kds.touched', true), NEW.order_id::text) IS NOT TRUE) EXECUTE FUNCTION announce_order_of_part();
CREATE CONSTRAINT TRIGGER order_items_announce_delete AFTER DELETE ON order_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (starts_with(current_setting('kds.touched', true), OLD.order_id::text) IS NOT TRUE) EXECUTE FUNCTION announce_order_of_part();

CREATE TRIGGER orders_announce_truncate AFTER TRUNCATE ON orders EXECUTE FUNCTION announce_truncate();
CREATE TRIGGER kots_announce_truncate AFTER TRUNCATE ON kots EXECUTE FUNCTION announce_truncate();
CREATE TRIGGER order_items_announce_truncate AFTER TRUNCATE ON order_items EXECUTE FUNCTION announce_truncate();

DO $$
DECLARE
  target record;
BEGIN
  FOR target IN
    SELECT c.relname, t.tgname,
      CASE
        WHEN t.tgname LIKE '%\_remember%' THEN
          'At the statement: notes the order and the lock of its branch, once for all rows of the same order.'
        WHEN t.tgname LIKE '%\_touch\_orders' THEN 'Items added later change their order, whose triggers announce it.'
        WHEN t.tgname LIKE '%\_truncate' THEN 'One RESYNC per branch: TRUNCATE fires no row trigger.'
        ELSE 'At COMMIT: writes the event and sends the hint on kds_events. No hint while a batching relay polls events '
          'instead (view relay_status); the event is always written.'
      END AS purpose
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relname IN ('orders', 'kots', 'order_items') AND c.relnamespace = 'public'::regnamespace
      AND t.tgname ~ '_(remember|announce|touch)'
  LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER %I', target.relname, target.tgname);
    EXECUTE format('COMMENT ON TRIGGER %I ON public.%I IS %L', target.tgname, target.relname, target.purpose);
  END LOOP;
END
$$;
