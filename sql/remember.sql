-- remember.sql: what a transaction remembers of the orders that it touches, from the statement to COMMIT.
--
-- Step 2 of the story, at the statement: which orders will be announced, and which locks that will need; announce.sql does it at
-- COMMIT. triggers.sql hangs the functions of both on the tables, and says in its first lines what happens to a row.
-- By hand: after managing.sql. Safe to re-run beside writers, and one transaction.
--
-- The notes are transaction-local settings, which a rolled-back savepoint takes back. Each begins with transaction_mark(), see
-- rules.sql: what a session was left with, or a pool, counts for nothing.
--   kds.touched  the order remembered last; '+' while nothing but SENT KOTs were added since this very transaction inserted
--                it, promised for no time and announced by no change, else '-'; '*' when it is not the only one; the lock keys of all branches:
--                '0000000000001c90fb7e0b2c000040008000000000000001+,17,'
--   kds.kot      the KOTs added last to orders of earlier transactions, which take items: order_mark() of the id of each
--   kds.counting the order inserted last in a branch that counts dishes; kds.counted  transaction_mark() where lines of counted dishes were added, see stock.sql
--   kds.followed transaction_mark() and the parts that are being deleted after their whole, see parts.sql
--   kds.voids    transaction_mark() once a deleted line left a void, see rewriting.sql
--   kds.summed   transaction_mark() and the orders of which an UPDATE named the sum, '*' for all of them, see sums.sql
--   kds.imported transaction_mark() once a KOT came with a time of its own, see marks.sql
--   kds.locked   the lock keys that were taken, in a transaction over several branches
--   kds.events   the order announced last, and how many events were written, up to 1,000; stays empty in a transaction that
--                places one order
--   kds.forgetting transaction_mark() where the words of guests are taken out, see forgetting.sql
-- Any writer may set them within its transaction, so they only spare work: the lock of a branch is taken anyway, an event that
-- is said to be written is looked up. What a writer can hide by writing a '+', or a KOT, are KOTs and items that it adds itself.
-- What they spare, and why they look as they do: README.md beside this file, "What an order costs".

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION branch_stripe(branch uuid) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN uuid_hash(branch) & 1023;
COMMENT ON FUNCTION branch_stripe(uuid) IS
  'The lock key of a branch: one of 1,024, so that a transaction that touches every branch of a chain does not fill the lock table.';

CREATE OR REPLACE FUNCTION first_touch(changed_order uuid, branch uuid, mark text) RETURNS text
LANGUAGE sql STABLE RETURN concat(order_mark(changed_order), mark, ',', branch_stripe(branch), ',');
COMMENT ON FUNCTION first_touch(uuid, uuid, text) IS 'What kds.touched says when an order is the first that a transaction touches.';

CREATE OR REPLACE FUNCTION remember_new_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  IF current_setting('kds.touched', true) <> '' THEN
    ignored := public.remember(NEW.id, NEW.branch_id, CASE WHEN NEW.status = 'SENT' AND NEW.due_at IS NULL THEN '+' ELSE '-' END);
  ELSE
    ignored := set_config('kds.touched',
      public.first_touch(NEW.id, NEW.branch_id, CASE WHEN NEW.status = 'SENT' AND NEW.due_at IS NULL THEN '+' ELSE '-' END), true);
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
  IF current_setting('kds.touched', true) <> '' THEN
    IF (position(public.order_mark(NEW.id) IN current_setting('kds.touched', true)) = 1) IS NOT TRUE THEN
      ignored := public.remember(NEW.id, NEW.branch_id, '-');
    END IF;
  ELSE
    ignored := set_config('kds.touched', public.first_touch(NEW.id, NEW.branch_id, '-'), true);
  END IF;
  RETURN NEW;
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
  IF current_setting('kds.touched', true) <> '' THEN
    IF position(public.order_mark(changed_order) IN current_setting('kds.touched', true)) = 1 THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT o.branch_id INTO branch FROM public.orders AS o WHERE o.id = changed_order;
  IF branch IS NULL THEN
    RETURN NULL;  -- deleted with its order, which remembers itself
  END IF;
  IF current_setting('kds.touched', true) <> '' THEN
    ignored := public.remember(changed_order, branch, '-');
  ELSE
    ignored := set_config('kds.touched', public.first_touch(changed_order, branch, '-'), true);
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
  IF (position(public.transaction_mark() IN current_setting('kds.touched', true)) = 1) IS NOT TRUE THEN
    RETURN set_config('kds.touched', public.first_touch(changed_order, branch, mark), true);
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
DECLARE
  is_usual boolean;
  has_begun boolean;
  came uuid[];
BEGIN
  -- '+': items of another order, or of one that has KOTs which are not SENT, are looked at
  PERFORM FROM added AS a
  WHERE (position(public.order_mark(a.order_id) || '+' IN current_setting('kds.touched', true)) = 1) IS NOT TRUE
    OR a.quantity < 1 OR a.price_cents < 0 OR a.part_of IS NOT NULL OR a.refire
    OR octet_length(a.seat) > 20 OR octet_length(a.external_id) > 100
    -- array_position() also refuses more than one dimension
    OR array_position(a.modifiers || a.allergens, NULL) IS NOT NULL;
  IF NOT FOUND AND (current_setting('kds.counting', true) <> '') IS NOT TRUE THEN
    RETURN NEW;
  END IF;
  is_usual := NOT FOUND;
  -- the branch counts dishes, as number_order() saw, or the order is of an earlier transaction
  IF EXISTS (SELECT FROM public.dish_stock) AND NOT public.is_restoring() THEN
    INSERT INTO public.stock_moves (branch_id, dishes, quantities)  -- see stock.sql
    SELECT s.branch_id, array_agg(s.menu_item_id), array_agg(a.quantity)
    FROM added AS a JOIN public.kots AS k ON k.id = a.kot_id AND k.status IN ('SENT', 'READY')
    JOIN public.orders AS o ON o.id = a.order_id
    JOIN public.dish_stock AS s ON s.branch_id = o.branch_id
      AND (s.menu_item_id = a.menu_item_id OR a.menu_item_id IS NULL AND s.name = a.name)
    WHERE NOT a.voided
      AND (a.part_of IS NULL OR a.refire OR NOT EXISTS (  -- the same dish at a second station is one dish
        SELECT FROM public.order_items AS w
        WHERE w.id = a.part_of AND (w.menu_item_id = s.menu_item_id OR w.menu_item_id IS NULL AND w.name = s.name)))
    GROUP BY s.branch_id;
    IF FOUND THEN
      PERFORM set_config('kds.counted', public.transaction_mark(), true);
    END IF;
  END IF;
  IF is_usual THEN
    RETURN NEW;
  END IF;
  -- as nearly always then: items of a KOT that this transaction added, for which its order was touched
  PERFORM FROM added AS a
  WHERE (position(public.order_mark(a.kot_id) IN current_setting('kds.kot', true)) > 0) IS NOT TRUE
    OR a.quantity < 1 OR a.price_cents < 0 OR a.part_of IS NOT NULL OR a.refire
    OR octet_length(a.seat) > 20 OR octet_length(a.external_id) > 100
    OR array_position(a.modifiers || a.allergens, NULL) IS NOT NULL;
  IF NOT FOUND THEN
    RETURN NEW;
  END IF;
  IF pg_trigger_depth() > 1 THEN
    PERFORM FROM added AS a WHERE (a.changed ? 'deleted') IS NOT TRUE;
    IF NOT FOUND THEN
      RETURN NEW;  -- what is left of deleted lines, see rewriting.sql: they have remembered their order
    END IF;
  END IF;
  UPDATE public.orders SET priority = priority WHERE id IN (SELECT a.order_id FROM added AS a)
    AND (position(public.order_mark(id) IN current_setting('kds.touched', true)) = 1) IS NOT TRUE;
  IF NOT public.is_restoring() THEN
    PERFORM public.check_item(a, NULL) FROM added AS a;
    came := public.take_places(ARRAY(SELECT a.id FROM added AS a ORDER BY a.line));
    -- FOR SHARE waits for a cook who is just bumping one of them, and then sees that
    SELECT bool_or(locked.status <> 'SENT') INTO has_begun FROM (
      SELECT k.status FROM public.kots AS k WHERE k.id IN (SELECT a.kot_id FROM added AS a WHERE a.id = ANY (came))
      ORDER BY k.order_id, k.id FOR SHARE) AS locked;
    IF has_begun THEN
      PERFORM public.check_kot_takes_items(k.kot_id, k.order_id)
      FROM (SELECT DISTINCT a.order_id, a.kot_id FROM added AS a WHERE a.id = ANY (came) ORDER BY 1, 2) AS k;
    END IF;
    PERFORM public.mark_added_lines(came);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION touch_orders() IS
  'Items that are added to an order of an earlier transaction change the order, whose own triggers remember and announce it; '
  'what is unusual about them is looked at by the functions of values.sql.';

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION remember_new_order(), remember_order(), remember_removed_order(), remember_order_of_part(),
  remember(uuid, uuid, text), touch_orders() FROM PUBLIC;

COMMIT;
