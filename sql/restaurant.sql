-- restaurant.sql: what a branch, a station and a dish may hold, beyond what the CHECKs of schema.sql say.
--
-- Before step 1 of the story: orders copy from here what screens and phones will show.
-- By hand: after parts.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('branches', 'stations', 'menu_items');

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
REVOKE ALL ON FUNCTION check_branch(), check_station(), check_dish() FROM PUBLIC;

COMMIT;
