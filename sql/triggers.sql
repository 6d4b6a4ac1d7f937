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
-- What a transaction has done so far stands in transaction-local settings, which a rolled-back savepoint takes back:
--   kds.order      the order remembered last: its announcement is queued, so further rows of it need none
--   kds.new_order  see rules.sql
--   kds.stripes    the lock keys of all branches touched, as ',17,402,'
--   kds.locked     the lock keys held
--   kds.announced  the order announced last
--   kds.orders     how many events were written, up to 1,000
--
-- Advisory locks (class, key): 493269100, stripe: the order of commits in a branch; 493269101, 0: the gate, see write_event();
-- 493269102, 0: the batching leader; 493269103, sequence: rules.sql; 493269104, 0: kds migrate.

CREATE OR REPLACE FUNCTION branch_stripe(branch uuid) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT uuid_hash(branch) & 1023 $$;
COMMENT ON FUNCTION branch_stripe(uuid) IS
  'The lock key of a branch: one of 1,024, so that a transaction that touches every branch of a chain does not fill the lock table.';

-- Every writer pays for these functions at every order, and plpgsql prepares each expression anew in each transaction: so
-- they are few and long, and a call whose result nobody needs is an assignment, for PERFORM would be a query.

CREATE OR REPLACE FUNCTION remember_new_order() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  ignored text;
BEGIN
  ignored := set_config('kds.order', NEW.id::text, true)
    || set_config('kds.new_order', CASE NEW.status WHEN 'SENT' THEN NEW.id::text ELSE '' END, true)
    || public.remember_branch(NEW.branch_id, current_setting('kds.stripes', true));
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_new_order() IS 'As remember_order(), for an order that was inserted: its KOTs need no roll-up.';

CREATE OR REPLACE FUNCTION remember_order() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  ignored text;
BEGIN
  ignored := set_config('kds.order', NEW.id::text, true)
    || public.remember_branch(NEW.branch_id, current_setting('kds.stripes', true));
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_order() IS
  'At statement time: remembers the order, and the lock its branch needs, so that announce() can take all locks in one sorted order.';

CREATE OR REPLACE FUNCTION remember_branch(branch uuid, stripes text) RETURNS text
LANGUAGE sql PARALLEL UNSAFE AS $$
  SELECT CASE
    WHEN position(',' || public.branch_stripe(branch) || ',' IN stripes) > 0 THEN ''
    ELSE set_config('kds.stripes', coalesce(nullif(stripes, ''), ',') || public.branch_stripe(branch) || ',', true)
  END
$$;
COMMENT ON FUNCTION remember_branch(uuid, text) IS 'Adds the lock key of a branch to those this transaction will need.';

CREATE OR REPLACE FUNCTION remember_removed_order() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  ignored text;
BEGIN
  ignored := set_config('kds.order', OLD.id::text, true)
    || public.remember_branch(OLD.branch_id, current_setting('kds.stripes', true));
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_removed_order() IS 'As remember_order(), for a deleted one.';

CREATE OR REPLACE FUNCTION touch_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  UPDATE orders SET status = status WHERE id = NEW.order_id;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION touch_order() IS
  'An item that is added to an order of an earlier transaction changes the order, whose own triggers remember and announce it.';

CREATE OR REPLACE FUNCTION remember_order_of_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  changed_order uuid := CASE TG_OP WHEN 'DELETE' THEN OLD.order_id ELSE NEW.order_id END;
  changed_branch uuid := (SELECT o.branch_id FROM orders AS o WHERE o.id = changed_order);
  ignored text;
BEGIN
  IF changed_branch IS NOT NULL THEN  -- else deleted with its order, which remembers itself
    ignored := set_config('kds.order', changed_order::text, true)
      || public.remember_branch(changed_branch, current_setting('kds.stripes', true));
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_order_of_part() IS 'As remember_order(), for a KOT or an item.';

-- The next two run inside the trigger functions below, under their owner and with their search_path.

CREATE OR REPLACE FUNCTION lock_stripes(needed integer) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  stripes text := coalesce(nullif(current_setting('kds.stripes', true), ''), ',');
  stripe integer;
  ignored text;
BEGIN
  IF position(',' || needed || ',' IN stripes) = 0 THEN
    stripes := stripes || needed || ',';
  END IF;
  FOR stripe IN SELECT s::integer FROM string_to_table(trim(BOTH ',' FROM stripes), ',') AS s ORDER BY 1 LOOP
    ignored := pg_advisory_xact_lock(493269100, stripe);
  END LOOP;
  RETURN set_config('kds.stripes', stripes, true) || set_config('kds.locked', stripes, true);
END
$$;
COMMENT ON FUNCTION lock_stripes(integer) IS
  'Locks every branch this transaction touched, sorted by key, so that two transactions over several branches cannot deadlock.';

CREATE OR REPLACE FUNCTION write_event(branch uuid, changed_order uuid, what event_kind, order_status kitchen_status)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  own_stripe text := ',' || branch_stripe(branch) || ',';
  ignored text;
BEGIN
  IF current_setting('kds.orders', true) = '1000' THEN
    changed_order := NULL;
    what := 'RESYNC';
  END IF;
  -- A statement of its own before the one that takes the revision: whoever waits here takes the later revision and
  -- commits later, because the lock is given back only after the commit is visible. So revisions of a branch grow in
  -- commit order, and a relay that has read up to one of them has read all before it.
  ignored := CASE
    WHEN position(own_stripe IN coalesce(current_setting('kds.locked', true), '')) > 0 THEN ''
    WHEN current_setting('kds.stripes', true) = own_stripe THEN
      pg_advisory_xact_lock(493269100, branch_stripe(branch))::text || set_config('kds.locked', own_stripe, true)
    ELSE lock_stripes(branch_stripe(branch)) END;
  INSERT INTO events AS e (branch_id, order_id, kind) VALUES (branch, changed_order, what)
  ON CONFLICT (xid, branch_id, order_id) DO UPDATE SET kind = excluded.kind
    WHERE excluded.kind <> 'ORDER_UPDATED' AND e.kind <> excluded.kind
  RETURNING
    set_config('kds.announced', coalesce(changed_order::text, ''), true)
    || set_config('kds.orders', least(coalesce(nullif(current_setting('kds.orders', true), ''), '0')::integer + 1, 1000)::text, true)
    -- An asynchronous commit would show screens what a crash can take back.
    || CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) ELSE '' END
    -- Refused means that a batching leader holds the gate and polls events: it will see the row, and a NOTIFY would make
    -- this commit wait in the one queue of all notifying commits of the cluster.
    || CASE WHEN current_setting('kds.notify', true) = 'always' OR pg_try_advisory_xact_lock_shared(493269101, 0) THEN
        pg_notify('kds_events', json_build_object('type', what, 'branchId', branch, 'orderId', changed_order,
          'status', order_status, 'revision', e.revision)::text)::text
      ELSE '' END
  INTO ignored;
END
$$;
COMMENT ON FUNCTION write_event(uuid, uuid, event_kind, kitchen_status) IS
  'Writes one event under the lock of its branch, unless this transaction already has it, and sends the hint; past 1,000 '
  'orders a RESYNC of the branch instead. No hint is sent while a batching relay polls; '
  'ALTER DATABASE ... SET kds.notify = ''always'' for programs of your own that LISTEN.';
REVOKE ALL ON FUNCTION write_event(uuid, uuid, event_kind, kitchen_status) FROM PUBLIC;
REVOKE ALL ON FUNCTION lock_stripes(integer) FROM PUBLIC;

CREATE OR REPLACE FUNCTION announce_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  IF current_setting('kds.announced', true) IS DISTINCT FROM NEW.id::text THEN
    ignored := write_event(NEW.branch_id, NEW.id,
      CASE TG_OP WHEN 'INSERT' THEN 'NEW_ORDER'::event_kind ELSE 'ORDER_UPDATED' END, NEW.status);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce_order() IS 'At COMMIT: writes the event of a new or changed order.';

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
  IF current_setting('kds.announced', true) IS DISTINCT FROM changed_order::text THEN
    -- no row: deleted with its order, which announces itself
    SELECT write_event(o.branch_id, o.id, 'ORDER_UPDATED', o.status) INTO ignored FROM orders AS o WHERE o.id = changed_order;
  END IF;
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

-- The triggers. ENABLE ALWAYS: rows written by replication or a restore reach the screens as well. -------------------
--
-- An INSERT or DELETE of a KOT, and a change of its status, need none: roll_up_order() touches the order for them.
-- Every WHEN is paid at every statement, so there are few.

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

CREATE TRIGGER orders_remember_insert AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION remember_new_order();
CREATE TRIGGER orders_remember_update AFTER UPDATE ON orders FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.id::text) EXECUTE FUNCTION remember_order();
CREATE TRIGGER orders_remember_delete AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION remember_removed_order();
CREATE TRIGGER kots_remember_update AFTER UPDATE ON kots FOR EACH ROW
  WHEN (OLD.status = NEW.status AND current_setting('kds.order', true) IS DISTINCT FROM NEW.order_id::text)
  EXECUTE FUNCTION remember_order_of_part();
CREATE TRIGGER order_items_touch_order AFTER INSERT ON order_items FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.order_id::text) EXECUTE FUNCTION touch_order();
CREATE TRIGGER order_items_remember_update AFTER UPDATE ON order_items FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.order_id::text) EXECUTE FUNCTION remember_order_of_part();
CREATE TRIGGER order_items_remember_delete AFTER DELETE ON order_items FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM OLD.order_id::text) EXECUTE FUNCTION remember_order_of_part();

-- The WHEN of each announce is that of its remember: what is not remembered was announced or is queued already.
CREATE CONSTRAINT TRIGGER orders_announce_insert AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION announce_order();
CREATE CONSTRAINT TRIGGER orders_announce_update AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.id::text) EXECUTE FUNCTION announce_order();
CREATE CONSTRAINT TRIGGER orders_announce_delete AFTER DELETE ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION announce_removed_order();
CREATE CONSTRAINT TRIGGER kots_announce_update AFTER UPDATE ON kots DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.status = NEW.status AND current_setting('kds.order', true) IS DISTINCT FROM NEW.order_id::text)
  EXECUTE FUNCTION announce_order_of_part();
CREATE CONSTRAINT TRIGGER order_items_announce_update AFTER UPDATE ON order_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.order_id::text) EXECUTE FUNCTION announce_order_of_part();
CREATE CONSTRAINT TRIGGER order_items_announce_delete AFTER DELETE ON order_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM OLD.order_id::text) EXECUTE FUNCTION announce_order_of_part();

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
          'At the statement: notes the order and the lock of its branch. Skipped for further rows of the same order.'
        WHEN t.tgname LIKE '%\_touch\_order' THEN 'An item added later changes its order, whose triggers announce it.'
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
