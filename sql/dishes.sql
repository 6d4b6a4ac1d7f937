-- dishes.sql: which dishes are sold out, or counted: 86 and count-down. Such a dish has a row in dish_stock; the others have none.
--
-- Beside the story of an order. Cooks, kds menu sold-out and SQL write the rows; stock.sql takes them down and gives back. Order pages
-- are told when a dish is sold out or back, whoever did it.
-- By hand: after actors.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('dish_stock');

-- What is left --------------------------------------------------------------------------------------------------------

CREATE OR REPLACE VIEW dish_states WITH (security_invoker = true) AS
SELECT m.branch_id, m.id AS menu_item_id, m.name, m.section, m.station, m.position,
  NOT m.available OR coalesce(s.sold_out OR s.remaining = 0, false) AS is_sold_out,
  s.remaining, s.back_at
FROM menu_items AS m
LEFT JOIN dish_stock AS s ON s.menu_item_id = m.id AND (s.back_at > now()) IS NOT FALSE;
COMMENT ON VIEW dish_states IS
  'Which dishes are sold out now, or counted? remaining: NULL is as many as are wanted; back_at: when it is as before, by itself.';

CREATE OR REPLACE FUNCTION name_dish() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  SELECT m.branch_id, m.name INTO NEW.branch_id, NEW.name FROM menu_items AS m WHERE m.id = NEW.menu_item_id;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION name_dish() IS 'Branch and name of a dish, from the menu: INSERT INTO dish_stock (menu_item_id, remaining) is enough.';

CREATE OR REPLACE TRIGGER dish_stock_name BEFORE INSERT ON dish_stock FOR EACH ROW
  WHEN (NEW.branch_id IS NULL OR NEW.name IS NULL) EXECUTE FUNCTION name_dish();
COMMENT ON TRIGGER dish_stock_name ON dish_stock IS 'Sets branch_id and name when the writer left them out.';

CREATE OR REPLACE FUNCTION count_branch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  -- The lock first, in a statement of its own: of one who adds a row and one who takes the last away, the second sees the first.
  IF TG_OP = 'INSERT' THEN
    PERFORM FROM branches AS b WHERE b.id = NEW.branch_id FOR NO KEY UPDATE;
  ELSE
    -- Who has the branch, as note_given_number() does until COMMIT, may be waiting for this dish there; to count on only costs time.
    PERFORM FROM branches AS b WHERE b.id = OLD.branch_id FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  UPDATE branches AS b SET counts_dishes = NOT b.counts_dishes
  WHERE b.id = coalesce(NEW.branch_id, OLD.branch_id)
    AND b.counts_dishes <> EXISTS (SELECT FROM dish_stock AS s WHERE s.branch_id = b.id);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION count_branch() IS 'Keeps branches.counts_dishes, for number_order(): true at the first dish, false at the last unless somebody has the branch locked.';

CREATE OR REPLACE TRIGGER dish_stock_count_branch AFTER INSERT OR DELETE ON dish_stock FOR EACH ROW EXECUTE FUNCTION count_branch();
COMMENT ON TRIGGER dish_stock_count_branch ON dish_stock IS 'From the first dish that is counted on, orders of the branch look whether theirs are.';

-- Who hears of it -----------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION tell_dish() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('kds_control', json_build_object('type', 'MENU_CHANGED', 'branchId', coalesce(NEW.branch_id, OLD.branch_id))::text);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION tell_dish() IS 'As tell_menu(), for a dish that is sold out, counted, or back.';

CREATE OR REPLACE TRIGGER dish_stock_tell AFTER INSERT OR DELETE ON dish_stock FOR EACH ROW EXECUTE FUNCTION tell_dish();
COMMENT ON TRIGGER dish_stock_tell ON dish_stock IS 'A dish that is sold out, or back, is so on open order pages at once.';

CREATE OR REPLACE TRIGGER dish_stock_tell_update AFTER UPDATE ON dish_stock FOR EACH ROW
  WHEN ((OLD.sold_out OR OLD.remaining = 0) IS DISTINCT FROM (NEW.sold_out OR NEW.remaining = 0)
    OR OLD.back_at IS DISTINCT FROM NEW.back_at) EXECUTE FUNCTION tell_dish();
COMMENT ON TRIGGER dish_stock_tell_update ON dish_stock IS 'Only when the last one went, or one came back: not at every order.';

ALTER TABLE dish_stock ENABLE ALWAYS TRIGGER dish_stock_tell;
ALTER TABLE dish_stock ENABLE ALWAYS TRIGGER dish_stock_tell_update;

-- Rights --------------------------------------------------------------------------------------------------------------

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION name_dish(), count_branch(), tell_dish() FROM PUBLIC;

COMMIT;
