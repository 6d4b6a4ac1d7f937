-- rules.sql: what holds for every writer of orders and KOTs, the API, a POS or a DBA in psql.
--
-- Step 1 of the story: a row changes. These triggers keep the status of an order and that of its KOTs together, and refuse
-- what the kitchen cannot mean; numbers.sql numbers the orders, marks.sql and rewriting.sql say what was before. remember.sql to
-- triggers.sql (step 2) then announce the change.
-- By hand: after numbers.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.
--
-- Rights: what a trigger does for a row follows from the rule, not from the writer's rights, so these functions run as their
-- owner (SECURITY DEFINER), under a search_path that a writer cannot change. Nobody else may call them: see the end. Those that
-- write a row keep public in that path, for the triggers of others on these tables, which run inside them.
--
-- enable_seqscan is off in every function that looks an order up: a plan made while the tables are small is kept by the
-- session, and would read the whole table until the first ANALYZE.
--
-- Two transaction-local settings, which begin with the id of their transaction and count in no other:
--   kds.touched  begins with order_mark() and '+' as long as nothing but SENT KOTs were added to an order that this very
--                transaction inserted, see remember.sql
--   kds.undo     '<transaction>': a step back takes a mistake back, and is no recall. Code of before, which may run beside this,
--                writes 'on'. That counts in a statement that names the setting itself, as that code's do, and in no later one:
--                nothing tells a transaction-local 'on' from one that a session or a pool was left with

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'kots', 'order_items');

-- What the settings begin with ---------------------------------------------------------------------------------------

-- Why in hex, and why they are found by position(): README.md beside this file, "What an order costs".

CREATE OR REPLACE FUNCTION transaction_mark() RETURNS text
LANGUAGE sql STABLE RETURN encode(xid8send(pg_current_xact_id()), 'hex');
COMMENT ON FUNCTION transaction_mark() IS 'This transaction in a setting: its id in 16 hexadecimal digits.';

CREATE OR REPLACE FUNCTION order_mark(changed_order uuid) RETURNS text
LANGUAGE sql STABLE RETURN encode(xid8send(pg_current_xact_id()) || uuid_send(changed_order), 'hex');
COMMENT ON FUNCTION order_mark(uuid) IS 'An order in a setting of this transaction: transaction_mark() and the 32 digits of its id.';

-- Rounds --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION number_round() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  SELECT coalesce(max(k.round), 0) + 1 INTO NEW.round FROM kots AS k
  WHERE k.order_id = NEW.order_id AND k.station IS NOT DISTINCT FROM NEW.station AND k.course IS NOT DISTINCT FROM NEW.course;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION number_round() IS 'Gives a KOT the next round of its station and course.';

CREATE OR REPLACE TRIGGER kots_number_round BEFORE INSERT ON kots
  FOR EACH ROW WHEN (NEW.round IS NULL) EXECUTE FUNCTION number_round();
ALTER TABLE kots ENABLE ALWAYS TRIGGER kots_number_round;
COMMENT ON TRIGGER kots_number_round ON kots IS 'Sets round when the writer left it out.';

-- Transitions ---------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION is_legal_transition(was kitchen_status, becomes kitchen_status) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (was, becomes) IN (
  ('SENT', 'READY'), ('READY', 'COMPLETED'),      -- bump
  ('READY', 'SENT'), ('COMPLETED', 'READY'),      -- recall
  ('SENT', 'CANCELLED'), ('READY', 'CANCELLED'));
COMMENT ON FUNCTION is_legal_transition(kitchen_status, kitchen_status) IS
  'SENT -> READY -> COMPLETED, recall one step back, CANCELLED from SENT or READY.';

CREATE OR REPLACE FUNCTION change_status() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NOT is_legal_transition(OLD.status, NEW.status) THEN
    -- What follows from the KOTs may jump: a second round takes a COMPLETED order back to SENT.
    IF TG_TABLE_NAME <> 'orders' OR NEW.status IS DISTINCT FROM (SELECT min(k.status) FROM kots AS k WHERE k.order_id = NEW.id) THEN
      RAISE check_violation USING
        MESSAGE = format('%s %s is %s and cannot become %s', TG_TABLE_NAME, NEW.id, OLD.status, NEW.status),
        HINT = 'Go step by step: SENT, READY, COMPLETED; one step back; or CANCELLED from SENT or READY.';
    END IF;
  END IF;
  NEW.ready_at := CASE NEW.status WHEN 'SENT' THEN NULL WHEN 'CANCELLED' THEN OLD.ready_at ELSE coalesce(OLD.ready_at, now()) END;
  NEW.completed_at := CASE NEW.status WHEN 'COMPLETED' THEN now() END;
  NEW.cancelled_at := CASE NEW.status WHEN 'CANCELLED' THEN now() END;
  IF TG_TABLE_NAME = 'kots' THEN
    IF NEW.status <> 'SENT' THEN
      NEW.held := false;
      NEW.waits_for := NULL;
      NEW.fire_at := NULL;
    END IF;
    NEW.recalled := NEW.status NOT IN ('COMPLETED', 'CANCELLED')
      AND (OLD.recalled OR NEW.status < OLD.status AND current_setting('kds.undo', true) IS DISTINCT FROM pg_current_xact_id()::text
        AND (current_setting('kds.undo', true) = 'on' AND position('kds.undo' IN current_query()) > 0) IS NOT TRUE);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION change_status() IS
  'Refuses an illegal transition and keeps the times of the status; a KOT that leaves SENT is held no more, and one that goes a step '
  'back was recalled.';

CREATE OR REPLACE TRIGGER orders_change_status BEFORE UPDATE OF status ON orders
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION change_status();
COMMENT ON TRIGGER orders_change_status ON orders IS 'Refuses an illegal transition; sets ready_at, completed_at, cancelled_at.';

CREATE OR REPLACE TRIGGER kots_change_status BEFORE UPDATE OF status ON kots
  FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION change_status();
COMMENT ON TRIGGER kots_change_status ON kots IS 'Refuses an illegal transition; sets ready_at, completed_at, cancelled_at.';

-- An order and its KOTs follow each other -----------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION follow_kots() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  rolled public.kitchen_status;
  is_coursed boolean;
  ignored text;
BEGIN
  -- The order is locked by now, and the KOTs are read after that: of two cooks who bump two KOTs of an order at once the
  -- second waited for the first and sees that bump (READ COMMITTED), or starts again (40001).
  SELECT min(k.status), bool_or(k.held AND 'COURSE' = ANY (k.waits_for)) INTO rolled, is_coursed
  FROM public.kots AS k WHERE k.order_id = NEW.id;
  IF rolled <> NEW.status THEN
    NEW.status := rolled;
    ignored := set_config('kds.touched', replace(current_setting('kds.touched', true), '+', '-'), true);
  END IF;
  IF is_coursed AND (NEW.due_at IS NULL OR NEW.lead_s IS NOT NULL) THEN
    ignored := public.settle_courses(NEW.id, NEW.branch_id);  -- see firing.sql
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION follow_kots() IS
  'Gives an order the least status of its KOTs: READY when all live ones are, COMPLETED when all are completed, CANCELLED when all are.';

DROP FUNCTION IF EXISTS roll_up(uuid, kitchen_status);  -- of earlier versions

CREATE OR REPLACE FUNCTION roll_up(rolled_order uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  -- Written even if it stays as it is: follow_kots() gives the order its status then. It is also what announces the change of
  -- the KOT. No row: the order itself is being deleted.
  UPDATE public.orders SET status = status WHERE id = rolled_order;
END
$$;
COMMENT ON FUNCTION roll_up(uuid) IS 'Makes an order agree with its KOTs, see follow_kots().';

CREATE OR REPLACE FUNCTION roll_up_new_kot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ignored text;
BEGIN
  -- As nearly always: a KOT of an order that is placed in this very transaction, with nothing unusual.
  IF NEW.status = 'SENT' AND position(public.order_mark(NEW.order_id) || '+' IN current_setting('kds.touched', true)) = 1
     AND NEW.sent_at = CURRENT_TIMESTAMP AND NEW.round > 0
     AND NEW.fired_at IS NULL AND NEW.ready_at IS NULL AND NEW.completed_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.fire_at IS NULL
     AND NEW.started_at IS NULL AND NEW.waits_for IS NULL AND (octet_length(NEW.station) > 100 OR NEW.held OR NEW.course <> 1) IS NOT TRUE THEN
    RETURN NEW;  -- octets: in characters it can only be less
  END IF;
  ignored := public.add_kot(NEW, (NEW.status = 'SENT' AND NEW.sent_at = CURRENT_TIMESTAMP AND NEW.round > 0
    AND num_nonnulls(NEW.fired_at, NEW.ready_at, NEW.completed_at, NEW.cancelled_at) = 0
    AND (octet_length(NEW.station) > 100) IS NOT TRUE) IS TRUE);
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION roll_up_new_kot() IS 'A KOT that came moves its order, see add_kot() of firing.sql.';

CREATE OR REPLACE FUNCTION roll_up_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  ignored text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.held AND NEW.status = 'READY' THEN
      ignored := public.show_early(NEW.order_id);  -- see later.sql: a recall finds it on the boards
    END IF;
    -- Its order was written by this very transaction and stands there already: it passes its status to its KOTs, or another
    -- KOT was before this one.
    PERFORM FROM public.orders AS o
    WHERE o.id = NEW.order_id AND o.status = NEW.status AND o.xmin = pg_current_xact_id()::xid;
    IF FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  ignored := public.roll_up(OLD.order_id);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION roll_up_order() IS 'A KOT that went or changed its status moves its order, see roll_up().';

CREATE OR REPLACE FUNCTION is_ready_as_whole(wanted_order uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  -- What is READY is what is being cooked: not the courses, nor what is paid or promised later. Where all of it waits, all is meant.
  RETURN (
    SELECT CASE WHEN coalesce(bool_and(k.status = 'SENT' AND k.held) OR NOT bool_or(k.held AND k.waits_for <> '{HAND}'), true) THEN true
      WHEN bool_or(k.status = 'SENT' AND (NOT k.held OR k.waits_for = '{HAND}')) THEN false END
    FROM kots AS k WHERE k.order_id = wanted_order AND k.status <> 'CANCELLED');
END
$$;
COMMENT ON FUNCTION is_ready_as_whole(uuid) IS
  'Whether READY, written to a SENT order, means all of its KOTs, or only what waits for a cook at most; NULL: it would move none.';

CREATE OR REPLACE FUNCTION pass_status_to_kots() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  is_whole boolean := NEW.status <> 'READY' OR OLD.status <> 'SENT';
  ignored text;
BEGIN
  ignored := set_config('kds.touched', replace(current_setting('kds.touched', true), '+', '-'), true);
  ignored := CASE WHEN NEW.status = 'CANCELLED' AND NEW.cancel_reason IS DISTINCT FROM 'sold_out' THEN
    public.lock_counted_lines(NEW.id, NULL) END;  -- see stock.sql: they give back what they took
  IF NOT is_whole THEN
    is_whole := coalesce(public.is_ready_as_whole(NEW.id), false);
  END IF;
  UPDATE public.kots SET status = NEW.status
  WHERE order_id = NEW.id
    AND (status = OLD.status OR NEW.status = 'CANCELLED' AND status IN ('SENT', 'READY'))
    AND (is_whole OR NOT held OR waits_for = '{HAND}')
    -- else the order follows them
    AND NEW.status <> (SELECT min(k.status) FROM public.kots AS k WHERE k.order_id = NEW.id);
  IF NOT is_whole THEN
    ignored := public.roll_up(NEW.id);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION pass_status_to_kots() IS
  'A status written to an order is written to the KOTs that were where the order was; READY not to those that wait for more than a cook.';

CREATE OR REPLACE TRIGGER orders_agree_with_kots BEFORE UPDATE OF status ON orders FOR EACH ROW
  WHEN (OLD.status = NEW.status AND OLD.status <> 'CANCELLED') EXECUTE FUNCTION follow_kots();
COMMENT ON TRIGGER orders_agree_with_kots ON orders IS
  'UPDATE orders SET status = status makes an order agree with its KOTs; named to come before orders_change_status.';

CREATE OR REPLACE TRIGGER kots_roll_up_insert AFTER INSERT ON kots FOR EACH ROW EXECUTE FUNCTION roll_up_new_kot();
COMMENT ON TRIGGER kots_roll_up_insert ON kots IS 'A new KOT takes its order back to SENT.';

CREATE OR REPLACE TRIGGER kots_roll_up_update AFTER UPDATE OF status ON kots FOR EACH ROW
  WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION roll_up_order();
COMMENT ON TRIGGER kots_roll_up_update ON kots IS 'A bumped KOT moves its order when it was the last one.';

CREATE OR REPLACE TRIGGER kots_roll_up_delete AFTER DELETE ON kots FOR EACH ROW EXECUTE FUNCTION roll_up_order();
COMMENT ON TRIGGER kots_roll_up_delete ON kots IS 'An order no longer waits for a KOT that is gone.';

ALTER TABLE kots ENABLE ALWAYS TRIGGER kots_roll_up_insert;
ALTER TABLE kots ENABLE ALWAYS TRIGGER kots_roll_up_update;
ALTER TABLE kots ENABLE ALWAYS TRIGGER kots_roll_up_delete;

CREATE OR REPLACE TRIGGER orders_pass_status AFTER UPDATE OF status ON orders FOR EACH ROW
  WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION pass_status_to_kots();
COMMENT ON TRIGGER orders_pass_status ON orders IS 'A status written to an order reaches its KOTs, recall too.';

-- What never changes --------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION refuse_move() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- A move that races a change of a KOT would announce the change to the wrong branch.
  RAISE check_violation USING
    MESSAGE = CASE TG_TABLE_NAME
      WHEN 'orders' THEN format('order %s cannot change its id or its branch', OLD.id)
      ELSE format('%s %s cannot change its order', TG_TABLE_NAME, OLD.id) END,
    HINT = 'Cancel it there and place it anew here.';
END
$$;
COMMENT ON FUNCTION refuse_move() IS 'Refuses to move an order to another branch, or a KOT or item to another order.';

CREATE OR REPLACE TRIGGER orders_refuse_move BEFORE UPDATE OF id, branch_id ON orders FOR EACH ROW
  WHEN (OLD.id <> NEW.id OR OLD.branch_id <> NEW.branch_id) EXECUTE FUNCTION refuse_move();
COMMENT ON TRIGGER orders_refuse_move ON orders IS 'An order stays in its branch.';

CREATE OR REPLACE TRIGGER kots_refuse_move BEFORE UPDATE OF order_id ON kots FOR EACH ROW
  WHEN (OLD.order_id <> NEW.order_id) EXECUTE FUNCTION refuse_move();
COMMENT ON TRIGGER kots_refuse_move ON kots IS 'A KOT stays with its order.';

CREATE OR REPLACE TRIGGER order_items_refuse_move BEFORE UPDATE OF order_id ON order_items FOR EACH ROW
  WHEN (OLD.order_id <> NEW.order_id) EXECUTE FUNCTION refuse_move();
COMMENT ON TRIGGER order_items_refuse_move ON order_items IS 'An item stays with its order.';

-- Rights --------------------------------------------------------------------------------------------------------------

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION number_round(), change_status(), follow_kots(), roll_up(uuid), roll_up_new_kot(),
  roll_up_order(), is_ready_as_whole(uuid), pass_status_to_kots(), refuse_move() FROM PUBLIC;

COMMIT;
