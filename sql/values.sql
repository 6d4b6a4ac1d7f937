-- values.sql: what a row of an order may hold, so that whoever reads it after can hold it too.
--
-- Step 1 of the story, before rules.sql. PostgreSQL knows times and arrays that Python, JSON and browsers do not. A writer who
-- means one is told here, with what to do; an order that is too large for a screen is left out by order_objects, functions.sql.
-- By hand: after schema.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.
--
-- Why no CHECKs on orders, kots and order_items: PostgreSQL parses the text of each anew at every statement, and those that
-- say the same as this file made a new order a third dearer (from 963,000 instructions to 1,296,000, `python -m tests.bench
-- instructions`). So the triggers that every row meets anyway look whether it is unusual, number_order() and roll_up_new_kot()
-- of rules.sql and touch_orders() of announce.sql, and only then call a function of this file; an UPDATE is looked at when it
-- names one of these columns. Tables that are seldom written have CHECKs, see schema.sql.
--
-- A value that stood there before is let be, so that an old row can be moved on. Rows that a replica or a restore inserts are
-- taken as they are, for refusing one would end it.

BEGIN;
SET LOCAL search_path = public, pg_temp;

-- All tables or none, and never for long: who has one of them and waits for another would deadlock with this file.
DO $$
BEGIN
  FOR attempt IN 1..10 LOOP
    BEGIN
      SET LOCAL lock_timeout = '150ms';
      LOCK TABLE branches, stations, menu_items, orders, kots, order_items IN ACCESS EXCLUSIVE MODE;
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      IF attempt = 10 THEN
        RAISE;
      END IF;
      PERFORM pg_sleep(0.15);  -- for those who queued behind
    END;
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION is_restoring() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- The two settings stand at the head of everything that pg_dump and pg_restore write.
  RETURN current_setting('session_replication_role') = 'replica'
    OR current_setting('row_security') = 'off' AND current_setting('check_function_bodies') = 'off';
END
$$;
COMMENT ON FUNCTION is_restoring() IS
  'Whether rows are written that were written before: by replication, by pg_restore, or under session_replication_role = replica.';

CREATE OR REPLACE FUNCTION check_times(subject text, moments timestamptz[], before timestamptz[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  FOR place IN 1 .. cardinality(moments) LOOP
    -- A day of room at both ends, for time zones and for what is added to a time.
    IF moments[place] NOT BETWEEN timestamptz '0001-01-02 00:00:00+00' AND timestamptz '9999-12-30 00:00:00+00'
       AND moments[place] IS DISTINCT FROM before[place] THEN
      RAISE check_violation USING
        MESSAGE = format('%s has the time %s, which no calendar of its readers has', subject, moments[place]),
        HINT = 'Write a time of the years 1 to 9999, or leave it out.';
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION check_times(text, timestamptz[], timestamptz[]) IS
  'Refuses times that Python and browsers do not know, infinity, BC, after 9999, unless they stood there before.';

CREATE OR REPLACE FUNCTION check_words(subject text, words text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF array_ndims(words) > 1 OR EXISTS (SELECT FROM unnest(words) AS word WHERE word IS NULL) THEN
    RAISE check_violation USING
      MESSAGE = format('%s has an array with NULL or with more than one dimension: %s', subject, left(words::text, 100)),
      HINT = 'Write an array of texts. array_agg(x) FILTER (WHERE x IS NOT NULL) leaves out what a LEFT JOIN did not find.';
  END IF;
END
$$;
COMMENT ON FUNCTION check_words(text, text[]) IS 'Refuses arrays with NULL in them, or of several dimensions.';

-- Orders --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION check_order(checked orders, before orders) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM check_times('order ' || checked.id,
    ARRAY[checked.placed_at, checked.ready_at, checked.completed_at, checked.cancelled_at],
    ARRAY[before.placed_at, before.ready_at, before.completed_at, before.cancelled_at]);
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
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_changed_order() IS 'As check_order(), for an UPDATE that names a time.';

CREATE OR REPLACE TRIGGER orders_check_change
  BEFORE UPDATE OF placed_at, ready_at, completed_at, cancelled_at ON orders
  FOR EACH ROW EXECUTE FUNCTION check_changed_order();
COMMENT ON TRIGGER orders_check_change ON orders IS 'Refuses times that no reader can hold.';

-- KOTs ----------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION check_kot(checked kots, before kots) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM check_times('KOT ' || checked.id,
    ARRAY[checked.sent_at, checked.fired_at, checked.ready_at, checked.completed_at, checked.cancelled_at],
    ARRAY[before.sent_at, before.fired_at, before.ready_at, before.completed_at, before.cancelled_at]);
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
BEGIN
  IF is_restoring() THEN
    RETURN;
  END IF;
  PERFORM check_kot(sent, NULL);
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
COMMENT ON FUNCTION check_changed_kot() IS 'As check_kot(), for an UPDATE that names a time or the station.';

CREATE OR REPLACE TRIGGER kots_check_change
  BEFORE UPDATE OF sent_at, fired_at, ready_at, completed_at, cancelled_at, station ON kots
  FOR EACH ROW EXECUTE FUNCTION check_changed_kot();
COMMENT ON TRIGGER kots_check_change ON kots IS 'Refuses times that no reader can hold, and station names that are too long.';

-- Items ---------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION check_item(checked order_items, before order_items) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF checked.price_cents < 0 AND checked.price_cents IS DISTINCT FROM before.price_cents THEN
    RAISE check_violation USING
      MESSAGE = format('item %s, %s, costs %s: less than nothing', checked.id, left(checked.name, 100), checked.price_cents),
      HINT = 'A line costs 0 or more. Write a discount into orders.total_cents.';
  END IF;
  IF checked.modifiers IS DISTINCT FROM before.modifiers THEN
    PERFORM check_words('item ' || checked.id, checked.modifiers);
  END IF;
  IF checked.allergens IS DISTINCT FROM before.allergens THEN
    PERFORM check_words('item ' || checked.id, checked.allergens);
  END IF;
END
$$;
COMMENT ON FUNCTION check_item(order_items, order_items) IS
  'Refuses what no reader of an item can hold, and a price below 0; before: the row as it was, or NULL.';

CREATE OR REPLACE FUNCTION check_kot_takes_items(wanted_kot uuid, wanted_order uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  present kitchen_status;
  written_after bigint;
BEGIN
  -- FOR SHARE: waits for a cook who is just bumping it, and then sees that. xmin is the transaction that wrote the row, or
  -- its savepoint, without the upper half of the number.
  SELECT k.status, (k.xmin::text::bigint - (pg_current_xact_id()::text::numeric % 4294967296)::bigint + 4294967296) % 4294967296
  INTO present, written_after FROM kots AS k WHERE k.id = wanted_kot FOR SHARE;
  IF present = 'SENT' OR NOT FOUND THEN
    RETURN;
  END IF;
  -- Begun when this transaction began or later, and not over, yet we see the row: this one, or a savepoint of it.
  IF written_after < 2147483648
     AND pg_xact_status((pg_current_xact_id()::text::numeric + written_after)::text::xid8) = 'in progress' THEN
    RETURN;
  END IF;
  RAISE check_violation USING
    MESSAGE = format('KOT %s of order %s is %s and takes no more items', wanted_kot, wanted_order, present),
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
  IF NEW.kot_id <> OLD.kot_id THEN
    PERFORM check_kot_takes_items(NEW.kot_id, NEW.order_id);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_changed_item() IS 'As check_item(), for an UPDATE that names what is looked at, or moves it to another KOT.';

CREATE OR REPLACE TRIGGER order_items_check_change
  BEFORE UPDATE OF modifiers, allergens, price_cents, kot_id ON order_items
  FOR EACH ROW EXECUTE FUNCTION check_changed_item();
COMMENT ON TRIGGER order_items_check_change ON order_items IS
  'Refuses what no reader can hold, prices below 0, and KOTs that take no more items.';

-- Branches ------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION check_branch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM check_times('branch ' || NEW.id, ARRAY[NEW.created_at, NEW.ordering_paused_until], NULL) WHERE NOT is_restoring();
  ELSE
    PERFORM check_times('branch ' || NEW.id, ARRAY[NEW.created_at, NEW.ordering_paused_until],
      ARRAY[OLD.created_at, OLD.ordering_paused_until]);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_branch() IS 'Refuses times that no reader of a branch can hold.';

CREATE OR REPLACE TRIGGER branches_check BEFORE INSERT OR UPDATE OF created_at, ordering_paused_until ON branches
  FOR EACH ROW EXECUTE FUNCTION check_branch();
COMMENT ON TRIGGER branches_check ON branches IS 'Refuses times that no reader can hold.';

-- Stations ------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION check_station() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF char_length(NEW.name) > 100 AND NOT is_restoring() THEN
    RAISE check_violation USING
      MESSAGE = format('station %s... has a name of %s characters', left(NEW.name, 20), char_length(NEW.name)),
      HINT = 'Write a name of at most 100 characters.';
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_station() IS
  'Refuses a name that no screen has room for. A dish has the name of a station by its foreign key, so this holds for menu_items as well.';

CREATE OR REPLACE TRIGGER stations_check_insert BEFORE INSERT ON stations FOR EACH ROW EXECUTE FUNCTION check_station();
COMMENT ON TRIGGER stations_check_insert ON stations IS 'A station has a name of at most 100 characters.';

CREATE OR REPLACE TRIGGER stations_check_update BEFORE UPDATE OF name ON stations FOR EACH ROW
  WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION check_station();
COMMENT ON TRIGGER stations_check_update ON stations IS 'As stations_check_insert, for another name.';

-- Dishes --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION check_dish() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  least_cents numeric;
BEGIN
  SELECT NEW.price_cents + coalesce(sum(cheaper.cents::text::numeric), 0) INTO least_cents
  FROM jsonb_path_query(NEW.modifiers, 'lax $[*].priceCents ? (@ < 0)') AS cheaper (cents);
  IF least_cents < 0 THEN
    RAISE check_violation USING
      MESSAGE = format('%s costs %s with all the modifiers that make it cheaper: less than nothing', left(NEW.name, 100), least_cents),
      HINT = 'Make the dish dearer, or its modifiers less cheap.';
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_dish() IS 'Refuses a dish whose modifiers can bring its price below 0.';

CREATE OR REPLACE TRIGGER menu_items_check BEFORE INSERT OR UPDATE OF price_cents, modifiers ON menu_items
  FOR EACH ROW EXECUTE FUNCTION check_dish();
COMMENT ON TRIGGER menu_items_check ON menu_items IS 'A dish never costs less than 0, whatever is chosen with it.';

-- Rights --------------------------------------------------------------------------------------------------------------

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION check_times(text, timestamptz[], timestamptz[]), check_words(text, text[]), check_order(orders, orders), settle_new_order(orders), check_changed_order(), check_kot(kots, kots),
  settle_new_kot(kots), check_changed_kot(), check_item(order_items, order_items), check_kot_takes_items(uuid, uuid),
  check_changed_item(), check_branch(), check_station(), check_dish() FROM PUBLIC;

COMMIT;
