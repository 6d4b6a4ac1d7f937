-- stock.sql: what orders take of the dishes that are counted, and give back.
--
-- Step 1 of the story, beside rules.sql; dishes.sql has what is counted. What a transaction takes of a dish it notes in stock_moves, and at
-- COMMIT takes the sum of it down, under the lock of the branch that announce.sql takes there anyway: two baskets cannot deadlock, and a
-- till that is slow to commit holds up nobody. touch_orders() of remember.sql notes new lines, the triggers below what is taken back.
-- A guest who asks for more than is left is refused by check_stock(), which place_once of queries/guests.sql calls; a till never is.
-- By hand: after dishes.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.
--
-- A line is of the dish that its menu_item_id names; without one, of the dish of its branch that has exactly its name. It counts
-- while its ticket is SENT or READY: what is voided, cancelled, deleted or made less then comes back; what was eaten does not, nor what is
-- voided, or cancelled with its order, as sold out.
-- Nothing of this is ENABLE ALWAYS: what a replica or a restore writes was taken down before.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'kots', 'order_items', 'stock_moves');

-- What is taken -------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION move_stock_of_item() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF (OLD.kot_id, OLD.voided, OLD.quantity, OLD.menu_item_id, OLD.name)
     IS NOT DISTINCT FROM (NEW.kot_id, NEW.voided, NEW.quantity, NEW.menu_item_id, NEW.name) THEN
    RETURN NULL;
  END IF;
  INSERT INTO stock_moves (branch_id, dishes, quantities)
  SELECT s.branch_id, array_agg(s.menu_item_id), array_agg(line.quantity)
  -- what was voided because there is none is not there, and is taken from nothing when the void is taken back
  FROM (VALUES (OLD.kot_id, OLD.menu_item_id, OLD.name,
      CASE WHEN NOT OLD.voided AND (NEW.voided AND NEW.void_reason = 'sold_out') IS NOT TRUE THEN -OLD.quantity END),
    (NEW.kot_id, NEW.menu_item_id, NEW.name,
      CASE WHEN NOT NEW.voided AND (OLD.voided AND OLD.void_reason = 'sold_out') IS NOT TRUE THEN NEW.quantity END))
    AS line (kot_id, menu_item_id, name, quantity)
  JOIN kots AS k ON k.id = line.kot_id AND k.status IN ('SENT', 'READY')
  JOIN orders AS o ON o.id = k.order_id
  JOIN dish_stock AS s ON s.branch_id = o.branch_id
    AND (s.menu_item_id = line.menu_item_id OR line.menu_item_id IS NULL AND s.name = line.name)
  WHERE line.quantity IS NOT NULL
    AND (NEW.part_of IS NULL OR NEW.refire OR NOT EXISTS (  -- the same dish at a second station is one dish
      SELECT FROM order_items AS w
      WHERE w.id = NEW.part_of AND (w.menu_item_id = s.menu_item_id OR w.menu_item_id IS NULL AND w.name = s.name)))
  GROUP BY s.branch_id;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION move_stock_of_item() IS
  'Notes what a line that is voided, or of another quantity, dish or KOT gives back and takes of its dish.';

CREATE OR REPLACE TRIGGER order_items_move_stock AFTER UPDATE OF kot_id, quantity, voided, menu_item_id, name ON order_items
  FOR EACH ROW EXECUTE FUNCTION move_stock_of_item();
COMMENT ON TRIGGER order_items_move_stock ON order_items IS 'A line that is voided, moved, or of another quantity or dish gives back or takes.';

CREATE OR REPLACE FUNCTION return_stock_of_lines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO stock_moves (branch_id, dishes, quantities)
  SELECT s.branch_id, array_agg(s.menu_item_id), array_agg(-g.quantity)
  -- no KOT: it is deleted with its lines, and returned them itself
  FROM gone AS g JOIN kots AS k ON k.id = g.kot_id AND k.status IN ('SENT', 'READY')
  JOIN orders AS o ON o.id = g.order_id
  JOIN dish_stock AS s ON s.branch_id = o.branch_id
    AND (s.menu_item_id = g.menu_item_id OR g.menu_item_id IS NULL AND s.name = g.name)
  WHERE NOT g.voided
    -- deleted after its whole, by delete_parts() of parts.sql
    AND (position(transaction_mark() IN current_setting('kds.followed', true)) = 1
      AND position(g.id::text IN current_setting('kds.followed', true)) > 0) IS NOT TRUE
    AND (g.part_of IS NULL OR g.refire OR NOT EXISTS (  -- the same dish at a second station is one dish
      SELECT FROM (SELECT * FROM gone UNION ALL SELECT * FROM order_items) AS w
      WHERE w.id = g.part_of AND (w.menu_item_id = s.menu_item_id OR w.menu_item_id IS NULL AND w.name = s.name)))
  GROUP BY s.branch_id;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION return_stock_of_lines() IS 'Notes what the lines that a statement deletes give back.';

CREATE OR REPLACE TRIGGER order_items_return_stock AFTER DELETE ON order_items REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION return_stock_of_lines();
COMMENT ON TRIGGER order_items_return_stock ON order_items IS 'A line that is deleted gives back what it took.';

CREATE OR REPLACE FUNCTION lock_counted_lines(wanted_order uuid, wanted_kot uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM orders AS o JOIN dish_stock AS s ON s.branch_id = o.branch_id WHERE o.id = wanted_order) THEN
    RETURN false;
  END IF;
  -- wholes before their parts, as follow_whole() of parts.sql
  PERFORM FROM order_items AS i WHERE i.order_id = wanted_order AND (wanted_kot IS NULL OR i.kot_id = wanted_kot)
  ORDER BY i.part_of IS NOT NULL, i.id FOR NO KEY UPDATE;
  RETURN true;
END
$$;
COMMENT ON FUNCTION lock_counted_lines(uuid, uuid) IS
  'Locks the lines of a KOT, or with NULL of its order, where the branch counts dishes; whether it does. Who changes a line locks that and '
  'then its KOT, in kitchen_has(): so an order that is cancelled locks its lines before its KOTs.';

CREATE OR REPLACE FUNCTION return_stock(wanted_order uuid, wanted_kot uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  -- Who is changing one of these lines gives back what that frees; the lock waits for them, and what is left is read after that.
  IF NOT lock_counted_lines(wanted_order, wanted_kot) THEN
    RETURN;
  END IF;
  INSERT INTO stock_moves (branch_id, dishes, quantities)
  SELECT s.branch_id, array_agg(s.menu_item_id), array_agg(-i.quantity)
  FROM order_items AS i JOIN orders AS o ON o.id = i.order_id JOIN kots AS k ON k.id = i.kot_id
  JOIN dish_stock AS s ON s.branch_id = o.branch_id
    AND (s.menu_item_id = i.menu_item_id OR i.menu_item_id IS NULL AND s.name = i.name)
  WHERE i.order_id = wanted_order AND NOT i.voided
    AND (i.part_of IS NULL OR i.refire OR NOT EXISTS (  -- the same dish at a second station is one dish
      SELECT FROM order_items AS w
      WHERE w.id = i.part_of AND (w.menu_item_id = s.menu_item_id OR w.menu_item_id IS NULL AND w.name = s.name)))
    AND CASE WHEN wanted_kot IS NULL THEN k.status IN ('SENT', 'READY') ELSE k.id = wanted_kot END
  GROUP BY s.branch_id;
END
$$;
COMMENT ON FUNCTION return_stock(uuid, uuid) IS 'Notes what the lines of a KOT give back, or with NULL those of all that are SENT or READY.';

-- No WHEN: each statement copies the triggers of its table with all their text, an INSERT those of a DELETE too.

CREATE OR REPLACE FUNCTION return_stock_of_kot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.status IN ('SENT', 'READY') THEN
      ignored := return_stock(OLD.order_id, OLD.id);  -- nothing when it is deleted with its order
    END IF;
    RETURN OLD;
  END IF;
  IF NEW.status = 'CANCELLED' AND OLD.status IN ('SENT', 'READY')
     -- which of its dishes is gone nobody says
     AND NOT EXISTS (SELECT FROM orders AS o WHERE o.id = OLD.order_id AND o.status = 'CANCELLED' AND o.cancel_reason = 'sold_out') THEN
    ignored := return_stock(OLD.order_id, OLD.id);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION return_stock_of_kot() IS 'As return_stock(), for a KOT that is cancelled, but not as sold out, or deleted.';

CREATE OR REPLACE TRIGGER kots_return_stock BEFORE DELETE OR UPDATE OF status ON kots FOR EACH ROW EXECUTE FUNCTION return_stock_of_kot();
COMMENT ON TRIGGER kots_return_stock ON kots IS 'A KOT that is cancelled or deleted gives back what it took; its lines are still there.';

CREATE OR REPLACE FUNCTION return_stock_of_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  IF OLD.status IN ('SENT', 'READY') THEN
    ignored := return_stock(OLD.id, NULL);
  END IF;
  RETURN OLD;
END
$$;
COMMENT ON FUNCTION return_stock_of_order() IS 'As return_stock(), for an order that is deleted.';

CREATE OR REPLACE TRIGGER orders_return_stock BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION return_stock_of_order();
COMMENT ON TRIGGER orders_return_stock ON orders IS 'A deleted order gives back what it took; its lines are still there.';

-- At COMMIT -----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION settle_stock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  ignored text;
BEGIN
  IF position('*' IN current_setting('kds.touched', true)) > 0 THEN  -- several orders: perhaps of several branches
    ignored := lock_stripes(branch_stripe(NEW.branch_id));
  END IF;
  ignored := pg_advisory_xact_lock(493269100, branch_stripe(NEW.branch_id));
  -- All that this transaction moved, at once: what it gives back and takes again comes to nothing.
  WITH moved AS (
    DELETE FROM stock_moves AS v WHERE v.xid = pg_current_xact_id() AND v.branch_id = NEW.branch_id
    RETURNING v.dishes, v.quantities
  ), taken AS (
    SELECT d.dish, sum(d.quantity) AS quantity FROM moved AS v, unnest(v.dishes, v.quantities) AS d (dish, quantity)
    GROUP BY d.dish HAVING sum(d.quantity) <> 0
  )
  UPDATE dish_stock AS s SET remaining = least(greatest(s.remaining - s.oversold - t.quantity, 0), 1000000000),
    oversold = least(greatest(s.oversold + t.quantity - s.remaining, 0), 1000000000)
  FROM taken AS t
  WHERE s.menu_item_id = t.dish AND s.remaining IS NOT NULL AND (s.back_at > clock_timestamp()) IS NOT FALSE;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION settle_stock() IS
  'Takes down, or gives back, what this transaction noted in stock_moves, under the lock of the branch. What a till sells past 0 is '
  'oversold, so that a void of it does not bring back what never was.';

DROP TRIGGER IF EXISTS stock_moves_settle ON stock_moves;  -- a constraint trigger cannot be replaced
CREATE CONSTRAINT TRIGGER stock_moves_settle AFTER INSERT ON stock_moves DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION settle_stock();
COMMENT ON TRIGGER stock_moves_settle ON stock_moves IS 'At COMMIT: the stock of the dishes is what it was, less what was taken.';

CREATE OR REPLACE FUNCTION check_stock(branch uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  short json;
BEGIN
  -- In a statement of its own: the next one sees what those before it took.
  PERFORM pg_advisory_xact_lock(493269100, branch_stripe(branch));
  SELECT json_agg(json_build_object('menuItemId', s.menu_item_id, 'name', s.name,
    'remaining', CASE WHEN s.sold_out THEN 0 ELSE s.remaining END) ORDER BY s.name) INTO short
  FROM (SELECT d.dish, sum(d.quantity) AS quantity FROM stock_moves AS v, unnest(v.dishes, v.quantities) AS d (dish, quantity)
        WHERE v.xid = pg_current_xact_id() GROUP BY d.dish) AS wanted
  JOIN dish_stock AS s ON s.menu_item_id = wanted.dish
  WHERE (s.sold_out OR s.remaining < wanted.quantity) AND (s.back_at > clock_timestamp()) IS NOT FALSE;
  IF short IS NOT NULL THEN
    RAISE SQLSTATE 'KD086' USING MESSAGE = 'dishes are sold out, or fewer are left than asked for', DETAIL = short::text;
  END IF;
END
$$;
COMMENT ON FUNCTION check_stock(uuid) IS
  'Refuses, with SQLSTATE KD086 and as its DETAIL [{"menuItemId", "name", "remaining"}], what this transaction would take and is not left; '
  'until it commits nobody else takes of it.';

-- Rights --------------------------------------------------------------------------------------------------------------

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION move_stock_of_item(), return_stock_of_lines(), lock_counted_lines(uuid, uuid), return_stock(uuid, uuid),
  return_stock_of_kot(), return_stock_of_order(), settle_stock(), check_stock(uuid) FROM PUBLIC;

COMMIT;
