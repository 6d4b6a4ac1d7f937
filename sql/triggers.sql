-- triggers.sql: how a change of an order is announced to the screens.
--
-- Step 2 of the story: at commit, a deferred trigger writes one small row to events and sends a hint on channel kds_events.
-- Step 1 is rules.sql; step 3 is kds/listener.py, which hears the hint and reads what is new.
-- By hand: after rules.sql. Safe to re-run: this is also how to put a lost or disabled trigger back.
--
-- Two triggers stand on each of orders, kots and order_items:
--   *_remember  at the statement: notes which order changed and which lock its branch will need
--   *_announce  at COMMIT (deferred): takes the locks in one order for everybody, writes the event, sends the hint
--
-- What a transaction has done so far stands in transaction-local settings, which a rolled-back savepoint takes back:
--   kds.order      the order remembered last: its announcement is queued, so further rows of it need none
--   kds.new_order  see rules.sql
--   kds.stripes    the lock keys of all branches touched, as ',17,402,'
--   kds.locked     the lock keys held
--   kds.announced  the order announced last
--   kds.orders     how many orders were announced
--
-- Advisory locks (class, key): 493269100, stripe: the order of commits in a branch; 493269101, 0: the gate, see announce();
-- 493269102, 0: the batching leader; 493269103, sequence: rules.sql; 493269104, 0: kds migrate.

CREATE OR REPLACE FUNCTION branch_stripe(branch uuid) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT uuid_hash(branch) & 1023 $$;
COMMENT ON FUNCTION branch_stripe(uuid) IS
  'The lock key of a branch: one of 1,024, so that a transaction that touches every branch of a chain does not fill the lock table.';

CREATE OR REPLACE FUNCTION remember_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  changed_order uuid;
  changed_branch uuid;
  stripes text := coalesce(nullif(current_setting('kds.stripes', true), ''), ',');
  stripe text;
BEGIN
  IF TG_TABLE_NAME = 'orders' THEN
    changed_order := CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END;
    changed_branch := CASE TG_OP WHEN 'DELETE' THEN OLD.branch_id ELSE NEW.branch_id END;
    IF TG_OP = 'INSERT' THEN
      PERFORM set_config('kds.new_order', CASE NEW.status WHEN 'SENT' THEN changed_order::text ELSE '' END, true);
    END IF;
  ELSE
    changed_order := CASE TG_OP WHEN 'DELETE' THEN OLD.order_id ELSE NEW.order_id END;
    SELECT o.branch_id INTO changed_branch FROM orders AS o WHERE o.id = changed_order;
    IF NOT FOUND THEN
      RETURN NULL;  -- deleted with its order, which remembers itself
    END IF;
  END IF;
  PERFORM set_config('kds.order', changed_order::text, true);
  stripe := branch_stripe(changed_branch) || ',';
  IF position(',' || stripe IN stripes) = 0 THEN
    PERFORM set_config('kds.stripes', stripes || stripe, true);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION remember_order() IS
  'At statement time: remembers the order, and the lock its branch needs, so that announce() can take all locks in one sorted order.';

CREATE OR REPLACE FUNCTION lock_stripes(needed integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  stripes text := coalesce(nullif(current_setting('kds.stripes', true), ''), ',');
  stripe integer;
BEGIN
  IF position(',' || needed || ',' IN stripes) = 0 THEN
    stripes := stripes || needed || ',';
  END IF;
  FOR stripe IN SELECT s::integer FROM string_to_table(trim(BOTH ',' FROM stripes), ',') AS s ORDER BY 1 LOOP
    PERFORM pg_advisory_xact_lock(493269100, stripe);
  END LOOP;
  PERFORM set_config('kds.stripes', stripes, true);
  PERFORM set_config('kds.locked', stripes, true);
END
$$;
COMMENT ON FUNCTION lock_stripes(integer) IS
  'Locks every branch this transaction touched, sorted by key, so that two transactions over several branches cannot deadlock.';

CREATE OR REPLACE FUNCTION write_event(branch uuid, changed_order uuid, what event_kind, order_status kitchen_status)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  new_revision bigint;
BEGIN
  -- A statement of its own before the one that takes the revision: whoever waits here takes the later revision and
  -- commits later, because the lock is given back only after the commit is visible. So revisions of a branch grow in
  -- commit order, and a relay that has read up to one of them has read all before it.
  IF position(',' || branch_stripe(branch) || ',' IN coalesce(current_setting('kds.locked', true), '')) = 0 THEN
    PERFORM lock_stripes(branch_stripe(branch));
  END IF;
  INSERT INTO events AS e (branch_id, order_id, kind) VALUES (branch, changed_order, what)
  ON CONFLICT (xid, branch_id, order_id) DO UPDATE SET kind = excluded.kind
    WHERE excluded.kind <> 'ORDER_UPDATED' AND e.kind <> excluded.kind
  RETURNING e.revision INTO new_revision;
  IF new_revision IS NULL THEN
    RETURN false;
  END IF;
  -- An asynchronous commit would show screens what a crash can take back.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
  -- Refused means that a batching leader holds the gate and polls events: it will see the row, and a NOTIFY would make
  -- this commit wait in the one queue of all notifying commits of the cluster.
  IF current_setting('kds.notify', true) = 'always' OR pg_try_advisory_xact_lock_shared(493269101, 0) THEN
    PERFORM pg_notify('kds_events', json_build_object(
      'type', what, 'branchId', branch, 'orderId', changed_order, 'status', order_status, 'revision', new_revision)::text);
  END IF;
  RETURN true;
END
$$;
COMMENT ON FUNCTION write_event(uuid, uuid, event_kind, kitchen_status) IS
  'Writes one event under the lock of its branch and sends the hint; false when this transaction already has it. '
  'No hint is sent while a batching relay polls; ALTER DATABASE ... SET kds.notify = ''always'' for programs of your own that LISTEN.';
REVOKE ALL ON FUNCTION write_event(uuid, uuid, event_kind, kitchen_status) FROM PUBLIC;
REVOKE ALL ON FUNCTION lock_stripes(integer) FROM PUBLIC;

CREATE OR REPLACE FUNCTION announce() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  changed_order uuid;
  changed_branch uuid;
  changed_status kitchen_status;
  what event_kind := 'ORDER_UPDATED';
  orders_so_far integer;
BEGIN
  IF TG_TABLE_NAME = 'orders' THEN
    changed_order := CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END;
    changed_branch := CASE TG_OP WHEN 'DELETE' THEN OLD.branch_id ELSE NEW.branch_id END;
    changed_status := CASE TG_OP WHEN 'DELETE' THEN OLD.status ELSE NEW.status END;
    what := CASE TG_OP WHEN 'INSERT' THEN 'NEW_ORDER' WHEN 'DELETE' THEN 'ORDER_REMOVED' ELSE 'ORDER_UPDATED' END;
  ELSE
    changed_order := CASE TG_OP WHEN 'DELETE' THEN OLD.order_id ELSE NEW.order_id END;
  END IF;
  IF what = 'ORDER_UPDATED' AND current_setting('kds.announced', true) = changed_order::text THEN
    RETURN NULL;
  END IF;
  IF changed_branch IS NULL THEN
    SELECT o.branch_id, o.status INTO changed_branch, changed_status FROM orders AS o WHERE o.id = changed_order;
    IF NOT FOUND THEN
      RETURN NULL;  -- deleted with its order, which announces itself
    END IF;
  END IF;
  orders_so_far := coalesce(nullif(current_setting('kds.orders', true), ''), '0');
  IF orders_so_far >= 1000 THEN
    IF current_setting('kds.announced', true) IS DISTINCT FROM 'RESYNC ' || changed_branch THEN
      PERFORM write_event(changed_branch, NULL, 'RESYNC', NULL);
      PERFORM set_config('kds.announced', 'RESYNC ' || changed_branch, true);
    END IF;
    RETURN NULL;
  END IF;
  IF write_event(changed_branch, changed_order, what, changed_status) THEN
    PERFORM set_config('kds.orders', (orders_so_far + 1)::text, true);
  END IF;
  PERFORM set_config('kds.announced', changed_order::text, true);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION announce() IS
  'At COMMIT: one event per order this transaction changed; past 1,000 orders one RESYNC per branch instead.';

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

DO $$
DECLARE
  target record;
  watched text;
BEGIN
  FOR target IN
    SELECT * FROM (VALUES ('orders', 'id'), ('kots', 'order_id'), ('order_items', 'order_id')) AS t (name, order_column)
  LOOP
    FOR watched IN SELECT unnest(ARRAY['remember', 'remember_delete', 'announce', 'announce_delete', 'announce_truncate']) LOOP
      EXECUTE format('DROP TRIGGER IF EXISTS %I ON public.%I', target.name || '_' || watched, target.name);
    END LOOP;
  END LOOP;
END
$$;

CREATE TRIGGER orders_remember AFTER INSERT OR UPDATE ON orders FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.id::text) EXECUTE FUNCTION remember_order();
CREATE TRIGGER orders_remember_delete AFTER DELETE ON orders FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM OLD.id::text) EXECUTE FUNCTION remember_order();
CREATE TRIGGER kots_remember AFTER INSERT OR UPDATE ON kots FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.order_id::text) EXECUTE FUNCTION remember_order();
CREATE TRIGGER kots_remember_delete AFTER DELETE ON kots FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM OLD.order_id::text) EXECUTE FUNCTION remember_order();
CREATE TRIGGER order_items_remember AFTER INSERT OR UPDATE ON order_items FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.order_id::text) EXECUTE FUNCTION remember_order();
CREATE TRIGGER order_items_remember_delete AFTER DELETE ON order_items FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM OLD.order_id::text) EXECUTE FUNCTION remember_order();

-- The WHEN of each announce is that of its remember: what is not remembered was announced or is queued already.
CREATE CONSTRAINT TRIGGER orders_announce AFTER INSERT OR UPDATE ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.id::text) EXECUTE FUNCTION announce();
CREATE CONSTRAINT TRIGGER orders_announce_delete AFTER DELETE ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM OLD.id::text) EXECUTE FUNCTION announce();
CREATE CONSTRAINT TRIGGER kots_announce AFTER INSERT OR UPDATE ON kots DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.order_id::text) EXECUTE FUNCTION announce();
CREATE CONSTRAINT TRIGGER kots_announce_delete AFTER DELETE ON kots DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM OLD.order_id::text) EXECUTE FUNCTION announce();
CREATE CONSTRAINT TRIGGER order_items_announce AFTER INSERT OR UPDATE ON order_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM NEW.order_id::text) EXECUTE FUNCTION announce();
CREATE CONSTRAINT TRIGGER order_items_announce_delete AFTER DELETE ON order_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (current_setting('kds.order', true) IS DISTINCT FROM OLD.order_id::text) EXECUTE FUNCTION announce();

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
        WHEN t.tgname LIKE '%\_truncate' THEN 'One RESYNC per branch: TRUNCATE fires no row trigger.'
        ELSE 'At COMMIT: writes the event and sends the hint on kds_events. No hint while a batching relay polls events '
          'instead (view relay_status); the event is always written.'
      END AS purpose
    FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relname IN ('orders', 'kots', 'order_items') AND c.relnamespace = 'public'::regnamespace
      AND t.tgname ~ '_(remember|announce)'
  LOOP
    EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER %I', target.relname, target.tgname);
    EXECUTE format('COMMENT ON TRIGGER %I ON public.%I IS %L', target.tgname, target.relname, target.purpose);
  END LOOP;
END
$$;
