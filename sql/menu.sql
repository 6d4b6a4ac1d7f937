-- menu.sql: how a change of a menu reaches the order pages that are open.
--
-- Beside the story of an order: any writer of menu_items, a POS or a DBA too, tells every server process through kds_control;
-- each reads the menu of the branch anew and sends it to the phones that show it (kds/guests/menu/menu.py).
-- By hand: after batching.sql. Safe to re-run beside writers, and one transaction. While somebody holds menu_items for over
-- a second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;
SET LOCAL lock_timeout = '1s';

CREATE OR REPLACE FUNCTION tell_menu() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    PERFORM pg_notify('kds_control', '{"type":"MENU_CHANGED"}');
    RETURN NULL;
  END IF;
  -- One message per branch, however many dishes: PostgreSQL sends equal ones of a transaction once.
  PERFORM pg_notify('kds_control', json_build_object('type', 'MENU_CHANGED', 'branchId', c.branch_id)::text)
  FROM (SELECT DISTINCT d.branch_id FROM changed AS d) AS c;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION tell_menu() IS
  'Tells every server process through kds_control whose menu changed: {"type":"MENU_CHANGED","branchId":"..."}; without a branch, all.';

CREATE OR REPLACE TRIGGER menu_items_tell_insert AFTER INSERT ON menu_items REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION tell_menu();
COMMENT ON TRIGGER menu_items_tell_insert ON menu_items IS 'A new dish is on open order pages at once.';

CREATE OR REPLACE TRIGGER menu_items_tell_update AFTER UPDATE ON menu_items REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION tell_menu();
COMMENT ON TRIGGER menu_items_tell_update ON menu_items IS 'A dish that is sold out, or costs something else, is so on open order pages at once.';

CREATE OR REPLACE TRIGGER menu_items_tell_delete AFTER DELETE ON menu_items REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION tell_menu();
COMMENT ON TRIGGER menu_items_tell_delete ON menu_items IS 'A dish that is gone is gone from open order pages at once.';

CREATE OR REPLACE TRIGGER menu_items_tell_truncate AFTER TRUNCATE ON menu_items
  FOR EACH STATEMENT EXECUTE FUNCTION tell_menu();
COMMENT ON TRIGGER menu_items_tell_truncate ON menu_items IS 'TRUNCATE has no rows to tell the branches from: every menu is read anew.';

CREATE OR REPLACE FUNCTION tell_branch_menu() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('kds_control', json_build_object('type', 'MENU_CHANGED', 'branchId', NEW.id)::text);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION tell_branch_menu() IS 'As tell_menu(), for what the branch itself decides: its name, a pause, what guests may order.';

CREATE OR REPLACE TRIGGER branches_tell_menu AFTER UPDATE ON branches FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tell_branch_menu();
COMMENT ON TRIGGER branches_tell_menu ON branches IS 'Whether one may order now is on open order pages at once.';

ALTER TABLE branches ENABLE ALWAYS TRIGGER branches_tell_menu;
ALTER TABLE menu_items ENABLE ALWAYS TRIGGER menu_items_tell_insert;
ALTER TABLE menu_items ENABLE ALWAYS TRIGGER menu_items_tell_update;
ALTER TABLE menu_items ENABLE ALWAYS TRIGGER menu_items_tell_delete;
ALTER TABLE menu_items ENABLE ALWAYS TRIGGER menu_items_tell_truncate;

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION tell_menu(), tell_branch_menu() FROM PUBLIC;

COMMIT;
