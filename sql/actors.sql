-- actors.sql: who did it. What the service does for somebody it writes into kitchen_actions with the change itself; what a till or
-- a DBA does in plain SQL is written there by these triggers.
--
-- Beside the story of an order: only what changes an order that was sent is a deed, so a new order costs nothing here.
-- By hand: after rules.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.
--
-- A statement that names kitchen_actions writes its own row, as all of the service's do, those of earlier versions too. A function
-- that does something for somebody else says so by act_as(), in a setting that counts in its transaction only:
--   kds.actor  transaction_mark() and a value of actor_kind
-- What follows from a change, the status of an order from its KOTs or the void of a part from its whole, is no deed.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'kots', 'order_items', 'kitchen_actions');

-- Who -----------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION act_as(kind actor_kind) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('kds.actor', transaction_mark() || kind, true);
END
$$;
COMMENT ON FUNCTION act_as(actor_kind) IS 'What this transaction does from here on is done by such an actor, not by plain SQL.';

CREATE OR REPLACE FUNCTION name_actor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NEW.staff_id IS NOT NULL THEN
    NEW.actor_kind := 'staff';
    NEW.actor_id := NEW.staff_id;
    SELECT s.username INTO NEW.actor_name FROM staff AS s WHERE s.id = NEW.staff_id;
  ELSIF position(transaction_mark() IN current_setting('kds.actor', true)) = 1 THEN
    NEW.actor_kind := substr(current_setting('kds.actor'), 17)::actor_kind;
  ELSE
    NEW.actor_kind := 'sql';
    -- current_user is the owner of this function
    NEW.actor_name := coalesce(nullif(current_setting('role'), 'none'), session_user);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION name_actor() IS
  'Fills actor_kind, actor_id and actor_name where the writer left them out, as the code before version 17 does: from staff_id, else '
  'from act_as(), else it was plain SQL of the role that says so.';

CREATE OR REPLACE TRIGGER kitchen_actions_name_actor BEFORE INSERT ON kitchen_actions
  FOR EACH ROW WHEN (NEW.actor_kind IS NULL) EXECUTE FUNCTION name_actor();
COMMENT ON TRIGGER kitchen_actions_name_actor ON kitchen_actions IS 'Who did it, as they were called then.';

-- Plain SQL -----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION note_order_action() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.status = OLD.status AND NEW.priority = OLD.priority OR pg_trigger_depth() > 1
     OR position('kitchen_actions' IN current_query()) > 0 THEN
    RETURN NULL;
  END IF;
  INSERT INTO kitchen_actions (branch_id, order_id, action, was, became, reason)
  SELECT NEW.branch_id, NEW.id, d.action, d.was, d.became, d.reason
  FROM (VALUES ('status', OLD.status::text, NEW.status::text, CASE NEW.status WHEN 'CANCELLED' THEN NEW.cancel_reason END),
               ('priority', OLD.priority::text, NEW.priority::text, NULL)) AS d (action, was, became, reason)
  WHERE d.was <> d.became;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_order_action() IS 'Writes into kitchen_actions what plain SQL does to an order.';

CREATE OR REPLACE TRIGGER orders_note_action AFTER UPDATE OF status, priority ON orders
  FOR EACH ROW EXECUTE FUNCTION note_order_action();
COMMENT ON TRIGGER orders_note_action ON orders IS 'Who did it, when it was no request of the service.';

CREATE OR REPLACE FUNCTION note_kot_action() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NEW.status = OLD.status AND NEW.held = OLD.held OR pg_trigger_depth() > 1
     OR position('kitchen_actions' IN current_query()) > 0 THEN
    RETURN NULL;
  END IF;
  INSERT INTO kitchen_actions (branch_id, order_id, kot_id, action, was, became)
  SELECT o.branch_id, o.id, NEW.id, d.action, d.was, d.became
  FROM orders AS o CROSS JOIN (VALUES ('kot-status', OLD.status::text, NEW.status::text),
    ('kot-hold', OLD.held::text, CASE WHEN NEW.status = OLD.status THEN NEW.held ELSE OLD.held END::text)) AS d (action, was, became)
  WHERE o.id = NEW.order_id AND d.was <> d.became;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_kot_action() IS 'As note_order_action(), for a KOT.';

CREATE OR REPLACE TRIGGER kots_note_action AFTER UPDATE OF status, held ON kots
  FOR EACH ROW EXECUTE FUNCTION note_kot_action();
COMMENT ON TRIGGER kots_note_action ON kots IS 'Who did it, when it was no request of the service.';

CREATE OR REPLACE FUNCTION note_item_action() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NEW.done = OLD.done AND NEW.voided = OLD.voided OR pg_trigger_depth() > 1
     OR position('kitchen_actions' IN current_query()) > 0 THEN
    RETURN NULL;
  END IF;
  INSERT INTO kitchen_actions (branch_id, order_id, item_id, action, was, became, reason)
  SELECT o.branch_id, o.id, NEW.id, d.action, d.was, d.became, d.reason
  FROM orders AS o CROSS JOIN (VALUES ('item', OLD.done::text, NEW.done::text, NULL),
    ('void', OLD.voided::text, NEW.voided::text, CASE WHEN NEW.voided THEN NEW.void_reason END)) AS d (action, was, became, reason)
  WHERE o.id = NEW.order_id AND d.was <> d.became;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_item_action() IS 'As note_order_action(), for an item.';

CREATE OR REPLACE TRIGGER order_items_note_action AFTER UPDATE OF done, voided ON order_items
  FOR EACH ROW EXECUTE FUNCTION note_item_action();
COMMENT ON TRIGGER order_items_note_action ON order_items IS 'Who did it, when it was no request of the service.';

-- Rights --------------------------------------------------------------------------------------------------------------

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION act_as(actor_kind), name_actor(), note_order_action(), note_kot_action(), note_item_action() FROM PUBLIC;

COMMIT;
