-- triggers.sql: what happens to a row of an order. A till, or a DBA in psql, writes one:
--
--   INSERT INTO orders (branch_id, table_label) VALUES ('00000000-0000-4000-8000-000000000001', 'T1');
--
-- At the statement  orders_number gives it the number that is called out, 17, and the business day of its branch.
--                   orders_remember_insert notes its id in a setting of the transaction; no row is written for it.
-- At COMMIT         orders_announce_insert takes the lock of the branch, so that changes of a branch are committed in the order
--                   of their revisions, writes one row and sends one hint, which names no customer:
--                     events           (branch_id ...0001, revision 4711, xid 1234, kind NEW_ORDER, order_id 5e1f...)
--                     NOTIFY kds_events '{"type":"NEW_ORDER","branchId":"...0001","orderId":"5e1f...","status":"SENT","revision":4711}'
-- After it          the relay hears the hint, or polls and writers need not send one (batching.sql), reads what order_objects says
--                   of the order now, and writes it to every screen of the branch.
--
-- Its KOTs and items, written in the same transaction, are in that one event. What comes later is told as ORDER_UPDATED, a DELETE
-- as ORDER_REMOVED, a TRUNCATE as a RESYNC of every branch: once for an order and transaction, whatever of it changed. A KOT that
-- comes, goes or changes its status moves its order (rules.sql), and items that come touch it, so that it is the order that is told.
--
-- Step 2 of the story, with the functions of remember.sql (*_remember_*, *_touch_*: at the statement) and announce.sql (*_announce_*:
-- deferred to COMMIT). What they cost, and which tricks make them cheap: README.md beside this file.
-- By hand: after announce.sql. Safe to re-run beside writers, and one transaction: this is also how to put a lost or disabled
-- trigger back. While somebody holds the tables for over a second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'kots', 'order_items');

CREATE OR REPLACE TRIGGER orders_remember_insert AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION remember_new_order();
CREATE OR REPLACE TRIGGER orders_remember_update AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION remember_order();
CREATE OR REPLACE TRIGGER orders_remember_delete AFTER DELETE ON orders FOR EACH ROW EXECUTE FUNCTION remember_removed_order();
CREATE OR REPLACE TRIGGER kots_remember_update AFTER UPDATE ON kots FOR EACH ROW
  WHEN (OLD.status = NEW.status) EXECUTE FUNCTION remember_order_of_part();
CREATE OR REPLACE TRIGGER order_items_touch_orders AFTER INSERT ON order_items REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION touch_orders();
CREATE OR REPLACE TRIGGER order_items_remember_update AFTER UPDATE ON order_items FOR EACH ROW
  EXECUTE FUNCTION remember_order_of_part();
CREATE OR REPLACE TRIGGER order_items_remember_delete AFTER DELETE ON order_items FOR EACH ROW
  EXECUTE FUNCTION remember_order_of_part();

-- A constraint trigger cannot be replaced.
DROP TRIGGER IF EXISTS orders_announce_insert ON orders;
DROP TRIGGER IF EXISTS orders_announce_update ON orders;
DROP TRIGGER IF EXISTS orders_announce_delete ON orders;
DROP TRIGGER IF EXISTS kots_announce_update ON kots;
DROP TRIGGER IF EXISTS order_items_announce_update ON order_items;
DROP TRIGGER IF EXISTS order_items_announce_delete ON order_items;
CREATE CONSTRAINT TRIGGER orders_announce_insert AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION announce_new_order();
CREATE CONSTRAINT TRIGGER orders_announce_update AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION announce_order();
CREATE CONSTRAINT TRIGGER orders_announce_delete AFTER DELETE ON orders DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION announce_removed_order();
CREATE CONSTRAINT TRIGGER kots_announce_update AFTER UPDATE ON kots DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD.status = NEW.status) EXECUTE FUNCTION announce_order_of_part();
CREATE CONSTRAINT TRIGGER order_items_announce_update AFTER UPDATE ON order_items DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION announce_order_of_part();
CREATE CONSTRAINT TRIGGER order_items_announce_delete AFTER DELETE ON order_items DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION announce_order_of_part();

CREATE OR REPLACE TRIGGER orders_announce_truncate AFTER TRUNCATE ON orders EXECUTE FUNCTION announce_truncate();
CREATE OR REPLACE TRIGGER kots_announce_truncate AFTER TRUNCATE ON kots EXECUTE FUNCTION announce_truncate();
CREATE OR REPLACE TRIGGER order_items_announce_truncate AFTER TRUNCATE ON order_items EXECUTE FUNCTION announce_truncate();

-- ENABLE ALWAYS: rows written by replication or a restore reach the screens as well. Ours are those that call our functions.
DO $$
DECLARE
  ours record;
BEGIN
  FOR ours IN
    SELECT t.tgname AS trigger_name, t.tgrelid::regclass AS table_name,
      CASE
        WHEN p.proname LIKE 'remember%' THEN
          'At the statement: notes the order and the lock of its branch, once for all rows of the same order.'
        WHEN p.proname = 'touch_orders' THEN 'Items added later change their order, whose triggers announce it.'
        WHEN p.proname = 'announce_truncate' THEN 'One RESYNC per branch: TRUNCATE fires no row trigger.'
        ELSE 'At COMMIT: writes the event and sends the hint on kds_events. No hint while a batching relay polls events '
          'instead (view relay_status); the event is always written.'
      END AS purpose
    FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE t.tgrelid IN ('orders'::regclass, 'kots'::regclass, 'order_items'::regclass)
      AND t.tgfoid IN ('remember_new_order()'::regprocedure, 'remember_order()'::regprocedure,
        'remember_removed_order()'::regprocedure, 'remember_order_of_part()'::regprocedure, 'touch_orders()'::regprocedure,
        'announce_new_order()'::regprocedure, 'announce_order()'::regprocedure, 'announce_removed_order()'::regprocedure,
        'announce_order_of_part()'::regprocedure, 'announce_truncate()'::regprocedure)
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', ours.table_name, ours.trigger_name);
    EXECUTE format('COMMENT ON TRIGGER %I ON %s IS %L', ours.trigger_name, ours.table_name, ours.purpose);
  END LOOP;
END
$$;

-- Of earlier versions.
DO $$
DECLARE
  gone record;
BEGIN
  FOR gone IN
    SELECT * FROM (VALUES ('orders', 'announce'), ('orders', 'remember'), ('kots', 'announce'), ('kots', 'announce_delete'),
      ('kots', 'remember'), ('kots', 'remember_delete'), ('order_items', 'announce'), ('order_items', 'remember'),
      ('order_items', 'touch_order')) AS names (table_name, action)
  LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS %I ON %I', gone.table_name || '_' || gone.action, gone.table_name);
  END LOOP;
END
$$;
DROP FUNCTION IF EXISTS remember_branch(uuid, text), touch_order();

COMMIT;
