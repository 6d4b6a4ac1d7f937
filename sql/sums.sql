-- sums.sql: a written sum follows what is voided.
--
-- Step 1 of the story, after rewriting.sql. orders.total_cents that is NULL is the sum of the lines that are not voided. One that was
-- written goes down with a line that is voided and up again with one that is not void any more, for an order of a guest whoever does
-- it, for one of a till when the service does: what a till voids it sums itself. A part costs 0. The sum is the writer's own in a
-- transaction that names it in an UPDATE, before or after the void, or that inserts the order.
-- By hand: after rewriting.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'kots', 'order_items');

CREATE OR REPLACE FUNCTION note_written_sum() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  noted text := current_setting('kds.summed', true);
  ignored text;
BEGIN
  IF (position(transaction_mark() IN noted) = 1) IS NOT TRUE THEN
    noted := transaction_mark();
  END IF;
  IF noted NOT LIKE '%*' THEN
    -- who writes that many writes all: the note would grow with each
    ignored := set_config('kds.summed', CASE WHEN length(noted) > 3200 THEN transaction_mark() || '*'
      ELSE noted || ',' || NEW.id END, true);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION note_written_sum() IS 'Notes that this transaction writes the sum of an order itself, of up to a hundred orders, then of all.';

-- BEFORE: what a statement writes of both tables is known when the triggers of its lines come.
CREATE OR REPLACE TRIGGER orders_note_sum BEFORE UPDATE OF total_cents ON orders
  FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION note_written_sum();
COMMENT ON TRIGGER orders_note_sum ON orders IS 'A sum that a till writes is not touched by the voids of the same transaction.';

CREATE OR REPLACE FUNCTION is_sum_written(wanted_order uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  noted text := current_setting('kds.summed', true);
BEGIN
  RETURN coalesce(position(transaction_mark() IN noted) = 1 AND (noted LIKE '%*' OR position(wanted_order::text IN noted) > 0), false);
END
$$;
COMMENT ON FUNCTION is_sum_written(uuid) IS 'Whether an UPDATE of this transaction named the sum of an order.';

CREATE OR REPLACE FUNCTION follow_void() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  -- as actors.sql tells the service from plain SQL
  is_service boolean := position('kitchen_actions' IN current_query()) > 0
    OR coalesce(position(transaction_mark() IN current_setting('kds.actor', true)) = 1, false);
  cents bigint := CASE WHEN NEW.voided THEN -OLD.quantity::bigint * OLD.price_cents ELSE NEW.quantity::bigint * NEW.price_cents END;
BEGIN
  IF cents = 0 OR is_sum_written(NEW.order_id) THEN
    RETURN NULL;
  END IF;
  -- Never below 0: a till may have written less than the items cost. NULL, the sum of its items, when the column cannot hold it.
  UPDATE orders AS o SET total_cents = CASE
    WHEN cents < 0 THEN greatest(o.total_cents + cents, least(o.total_cents, 0))
    WHEN o.total_cents + cents <= 2147483647 THEN o.total_cents + cents END
  WHERE o.id = NEW.order_id AND o.total_cents IS NOT NULL AND (o.source = 'guest' OR is_service) AND NOT is_new_kot(o.placed_at, o.xmin);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION follow_void() IS 'Takes a line that is voided off the written sum of its order, and puts it back when it is not void any more; not what a till voids of its own order.';

CREATE OR REPLACE TRIGGER order_items_follow_void AFTER UPDATE OF voided ON order_items
  FOR EACH ROW WHEN (OLD.voided <> NEW.voided) EXECUTE FUNCTION follow_void();
COMMENT ON TRIGGER order_items_follow_void ON order_items IS
  'A written sum follows what is voided. Of the origin alone: a replica gets the sum with the order.';

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION note_written_sum(), is_sum_written(uuid), follow_void() FROM PUBLIC;

COMMIT;
