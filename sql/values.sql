-- values.sql: what a row of an order may hold, so that whoever reads it after can hold it too.
--
-- Step 1 of the story, before rules.sql. PostgreSQL knows times and arrays that Python, JSON and browsers do not. A writer who
-- means one is told here, with what to do; an order that is too large for a screen is left out by order_objects, objects.sql.
-- By hand: after checks.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.
--
-- Why no CHECKs on orders, kots and order_items: README.md beside this file, "What an order costs". The triggers that every row meets
-- anyway look whether it is unusual, number_order(), roll_up_new_kot() and touch_orders(), and only then call a function of this
-- file; an UPDATE is looked at when it names one of these columns. Tables that are seldom written have CHECKs, see schema.sql.
--
-- A value that stood there before is let be, so that an old row can be moved on. Rows of a replica or a restore are taken as they are.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'kots', 'order_items');

-- Orders --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION check_order(checked orders, before orders) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM check_times('order ' || checked.id,
    ARRAY[checked.placed_at, checked.ready_at, checked.completed_at, checked.cancelled_at, checked.paid_at, checked.due_at],
    ARRAY[before.placed_at, before.ready_at, before.completed_at, before.cancelled_at, before.paid_at, before.due_at]);
  PERFORM check_length('order ' || checked.id, t.name, t.word, t.before, t.at_most) FROM (VALUES
    ('external_id', checked.external_id, before.external_id, 100), ('display_number', checked.display_number, before.display_number, 20),
    ('server_name', checked.server_name, before.server_name, 100), ('check_id', checked.check_id, before.check_id, 100))
    AS t (name, word, before, at_most);
  IF checked.covers NOT BETWEEN 0 AND 9999 AND checked.covers IS DISTINCT FROM before.covers THEN
    RAISE check_violation USING MESSAGE = format('order %s has %s covers', checked.id, checked.covers), HINT = 'Write 0 to 9999.';
  END IF;
END
$$;
COMMENT ON FUNCTION check_order(orders, orders) IS 'Refuses what no reader of an order can hold; before: the row as it was, or NULL.';

CREATE OR REPLACE FUNCTION settle_new_order(INOUT placed orders)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  ended_at timestamptz;
BEGIN
  IF is_restoring() THEN
    RETURN;
  END IF;
  PERFORM check_order(placed, NULL);
  placed.external_id := nullif(placed.external_id, '');  -- or it would be a retry of the one before
  -- Without a time of its own it ended when it was placed, or with its day: what is imported is not the newest.
  SELECT least(placed.placed_at, (placed.business_day + 1 + b.day_starts_at) AT TIME ZONE b.timezone) INTO ended_at
  FROM branches AS b WHERE b.id = placed.branch_id AND placed.status <> 'SENT';
  CASE placed.status
    WHEN 'READY' THEN
      placed.ready_at := coalesce(placed.ready_at, ended_at);
    WHEN 'COMPLETED' THEN
      placed.completed_at := coalesce(placed.completed_at, placed.ready_at, ended_at);
      placed.ready_at := coalesce(placed.ready_at, placed.completed_at);
    WHEN 'CANCELLED' THEN
      placed.cancelled_at := coalesce(placed.cancelled_at, ended_at);
      placed.completed_at := NULL;
      placed.acknowledged := true;
    ELSE
      NULL;
  END CASE;
END
$$;
COMMENT ON FUNCTION settle_new_order(orders) IS
  'For a new order that number_order() found unusual: refuses what no reader can hold, and gives one that was inserted as READY, '
  'COMPLETED or CANCELLED the time of that. A CANCELLED one was on no screen, so nobody has to acknowledge it.';

CREATE OR REPLACE FUNCTION check_changed_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM check_order(NEW, OLD);
  IF NEW.status = 'CANCELLED' THEN
    NEW.completed_at := NULL;  -- as change_status() has it; list_orders of queries/domain.sql reads no other
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_changed_order() IS
  'As check_order(), for an UPDATE that names what is looked at; an order that is CANCELLED was not completed.';

CREATE OR REPLACE TRIGGER orders_check_change
  BEFORE UPDATE OF placed_at, ready_at, completed_at, cancelled_at, paid_at, due_at, external_id, display_number, server_name, check_id, covers
  ON orders
  FOR EACH ROW EXECUTE FUNCTION check_changed_order();
COMMENT ON TRIGGER orders_check_change ON orders IS 'Refuses times, texts and covers that no reader can hold.';

-- KOTs ----------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION check_kot(checked kots, before kots) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM check_times('KOT ' || checked.id,
    ARRAY[checked.sent_at, checked.fired_at, checked.ready_at, checked.completed_at, checked.cancelled_at, checked.fire_at,
      checked.started_at],
    ARRAY[before.sent_at, before.fired_at, before.ready_at, before.completed_at, before.cancelled_at, before.fire_at,
      before.started_at]);
  IF checked.round <= 0 AND checked.round IS DISTINCT FROM before.round THEN
    RAISE check_violation USING
      SCHEMA = 'public', TABLE = 'kots', CONSTRAINT = 'kots_round_positive',
      MESSAGE = 'new row for relation "kots" violates check constraint "kots_round_positive"',
      DETAIL = format('KOT %s has the round %s.', checked.id, checked.round),
      HINT = 'Rounds are 1, 2, 3 ...; left out it is the next one of the station.';
  END IF;
  IF checked.course NOT BETWEEN 1 AND 99 AND checked.course IS DISTINCT FROM before.course THEN
    RAISE check_violation USING
      SCHEMA = 'public', TABLE = 'kots', CONSTRAINT = 'kots_course_small',
      MESSAGE = 'new row for relation "kots" violates check constraint "kots_course_small"',
      DETAIL = format('KOT %s has the course %s.', checked.id, checked.course),
      HINT = 'Courses are 1, 2, 3 ... 99; left out it is cooked as the first.';
  END IF;
  -- A station whose name is from before this rule goes on cooking.
  IF char_length(checked.station) > 100 AND checked.station IS DISTINCT FROM before.station AND NOT EXISTS (
      SELECT FROM orders AS o JOIN stations AS s ON s.branch_id = o.branch_id
      WHERE o.id = checked.order_id AND s.name = checked.station) THEN
    RAISE check_violation USING
      MESSAGE = format('KOT %s has a station of %s characters: %s...', checked.id, char_length(checked.station), left(checked.station, 20)),
      HINT = 'Write a name of at most 100 characters, best one of stations, or NULL for the kitchen as a whole.';
  END IF;
END
$$;
COMMENT ON FUNCTION check_kot(kots, kots) IS 'Refuses what no reader of a KOT can hold; before: the row as it was, or NULL.';

CREATE OR REPLACE FUNCTION settle_new_kot(sent kots) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  ignored text;
BEGIN
  IF is_restoring() THEN
    RETURN;
  END IF;
  PERFORM check_kot(sent, NULL);
  ignored := set_config('kds.imported', transaction_mark(), true);  -- see is_new_kot(), marks.sql
  CASE sent.status
    WHEN 'READY' THEN
      UPDATE kots SET ready_at = sent_at WHERE id = sent.id AND ready_at IS NULL;
    WHEN 'COMPLETED' THEN
      UPDATE kots SET completed_at = coalesce(completed_at, ready_at, sent_at), ready_at = coalesce(ready_at, completed_at, sent_at)
      WHERE id = sent.id AND num_nulls(completed_at, ready_at) > 0;
    WHEN 'CANCELLED' THEN
      UPDATE kots SET cancelled_at = sent_at WHERE id = sent.id AND cancelled_at IS NULL;
    ELSE
      NULL;
  END CASE;
END
$$;
COMMENT ON FUNCTION settle_new_kot(kots) IS 'As settle_new_order(), for a KOT that roll_up_new_kot() found unusual, after it was inserted.';

CREATE OR REPLACE FUNCTION check_changed_kot() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM check_kot(NEW, OLD);
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_changed_kot() IS 'As check_kot(), for an UPDATE that names a time, the station, the round or the course.';

CREATE OR REPLACE TRIGGER kots_check_change
  BEFORE UPDATE OF sent_at, fired_at, ready_at, completed_at, cancelled_at, fire_at, started_at, station, round, course ON kots
  FOR EACH ROW EXECUTE FUNCTION check_changed_kot();
COMMENT ON TRIGGER kots_check_change ON kots IS 'Refuses times that no reader can hold, station names that are too long, rounds and courses below 1.';

-- Items ---------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION check_item(checked order_items, before order_items) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF checked.quantity <= 0 AND checked.quantity IS DISTINCT FROM before.quantity THEN
    RAISE check_violation USING
      SCHEMA = 'public', TABLE = 'order_items', CONSTRAINT = 'order_items_quantity_positive',
      MESSAGE = 'new row for relation "order_items" violates check constraint "order_items_quantity_positive"',
      DETAIL = format('Item %s, %s, has the quantity %s.', checked.id, left(checked.name, 100), checked.quantity),
      HINT = 'Void a line that is taken back: UPDATE order_items SET voided = true.';
  END IF;
  IF checked.price_cents < 0 AND checked.price_cents IS DISTINCT FROM before.price_cents THEN
    RAISE check_violation USING
      MESSAGE = format('item %s, %s, costs %s: less than nothing', checked.id, left(checked.name, 100), checked.price_cents),
      HINT = 'A line costs 0 or more. Write a discount into orders.total_cents.';
  END IF;
  PERFORM check_length('item ' || checked.id, t.name, t.word, t.before, t.at_most)
  FROM (VALUES ('seat', checked.seat, before.seat, 20), ('external_id', checked.external_id, before.external_id, 100))
    AS t (name, word, before, at_most);
  PERFORM check_part(checked, before);
  IF checked.modifiers IS DISTINCT FROM before.modifiers THEN
    PERFORM check_words('item ' || checked.id, checked.modifiers);
  END IF;
  IF checked.allergens IS DISTINCT FROM before.allergens THEN
    PERFORM check_words('item ' || checked.id, checked.allergens);
  END IF;
END
$$;
COMMENT ON FUNCTION check_item(order_items, order_items) IS
  'Refuses what no reader of an item can hold, a quantity below 1 and a price below 0; before: the row as it was, or NULL.';

CREATE OR REPLACE FUNCTION is_of_this_transaction(writer xid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  -- without the upper half of the number
  begun_after bigint := (writer::text::bigint - (pg_current_xact_id()::text::numeric % 4294967296)::bigint + 4294967296) % 4294967296;
BEGIN
  IF begun_after = 0 THEN
    RETURN true;
  ELSIF begun_after >= 2147483648 THEN
    RETURN false;
  END IF;
  BEGIN
    -- Begun later, and not over, yet we see the row: a savepoint of this one.
    RETURN pg_xact_status((pg_current_xact_id()::text::numeric + begun_after)::text::xid8) = 'in progress';
  EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;  -- nobody has begun so late: the row is two billion transactions old, and looks young by half of its number
  END;
END
$$;
COMMENT ON FUNCTION is_of_this_transaction(xid) IS 'Whether a row that we see, of which xmin is given, was written by this transaction.';

CREATE OR REPLACE FUNCTION check_kot_takes_items(wanted_kot uuid, wanted_order uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  kot record;
BEGIN
  -- FOR SHARE: waits for a cook who is just bumping it, and then sees that.
  SELECT k.status, k.sent_at, k.xmin AS writer INTO kot FROM kots AS k WHERE k.id = wanted_kot FOR SHARE;
  -- not only of whom it was written last: a note of its order that changes is a mark of the KOT
  IF NOT FOUND OR kot.status = 'SENT' OR is_new_kot(kot.sent_at, kot.writer) THEN
    RETURN;
  END IF;
  RAISE check_violation USING
    MESSAGE = format('KOT %s of order %s is %s and takes no more items', wanted_kot, wanted_order, kot.status),
    HINT = 'Make a new KOT, a round: INSERT INTO kots (order_id) VALUES (...), and give it the items. What is imported goes '
      'in with its KOT, in one transaction.';
END
$$;
COMMENT ON FUNCTION check_kot_takes_items(uuid, uuid) IS
  'Refuses items for a KOT that is not SENT any more, for no cook would see them; one that is new in this transaction takes them.';

CREATE OR REPLACE FUNCTION check_changed_item() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM check_item(NEW, OLD);
  IF NEW.part_ratio IS NOT NULL AND (NEW.part_ratio[3] <> NEW.quantity OR NEW.part_of IS DISTINCT FROM OLD.part_of) THEN
    NEW.part_ratio := NULL;  -- its quantity was written, not made by follow_whole(): see parts.sql
  END IF;
  IF NEW.kot_id <> OLD.kot_id THEN
    PERFORM check_kot_takes_items(NEW.kot_id, NEW.order_id);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_changed_item() IS 'As check_item(), for an UPDATE that names what is looked at, or moves it to another KOT.';

CREATE OR REPLACE TRIGGER order_items_check_change
  BEFORE UPDATE OF modifiers, allergens, price_cents, quantity, kot_id, seat, external_id, part_of, refire ON order_items
  FOR EACH ROW EXECUTE FUNCTION check_changed_item();
COMMENT ON TRIGGER order_items_check_change ON order_items IS
  'Refuses what no reader can hold, quantities below 1, prices below 0, and KOTs that take no more items.';

-- Rights --------------------------------------------------------------------------------------------------------------

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION check_order(orders, orders),
  settle_new_order(orders), check_changed_order(), check_kot(kots, kots), settle_new_kot(kots), check_changed_kot(),
  check_item(order_items, order_items), is_of_this_transaction(xid), check_kot_takes_items(uuid, uuid), check_changed_item() FROM PUBLIC;

COMMIT;
