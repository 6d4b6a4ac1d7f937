-- parts.sql: a line that is a part of another: a dish of a combo, the same dish at a second station, a dish that is cooked again.
--
-- Step 1 of the story, with values.sql. The whole has the price and is what the guest ordered; its parts are for the kitchen, and
-- what becomes of the whole becomes of them. order_objects, objects.sql, counts the whole alone.
-- By hand: after values.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.
--
-- No foreign key: it would cost each line of each order a trigger and an index, used or not. A part is looked at when it is
-- written, and goes with its whole by the index of its order.

BEGIN;
SET LOCAL search_path = public, pg_temp;
SET LOCAL lock_timeout = '1s';

CREATE OR REPLACE FUNCTION check_part(checked order_items, before order_items) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  whole order_items;
BEGIN
  IF (checked.part_of, checked.refire, checked.price_cents) IS NOT DISTINCT FROM (before.part_of, before.refire, before.price_cents) THEN
    RETURN;
  END IF;
  IF checked.part_of IS NULL THEN
    IF checked.refire THEN
      RAISE check_violation USING
        MESSAGE = format('item %s, %s, is a refire of nothing', checked.id, left(checked.name, 100)),
        HINT = 'Write the line that is cooked again into part_of.';
    END IF;
    RETURN;
  END IF;
  IF checked.price_cents <> 0 THEN
    RAISE check_violation USING
      MESSAGE = format('item %s, %s, is a part of another and costs %s', checked.id, left(checked.name, 100), checked.price_cents),
      HINT = 'The whole has the price: write 0.';
  END IF;
  -- No two can become parts of each other at once: the second waits, and is a deadlock.
  SELECT i.* INTO whole FROM order_items AS i
  WHERE i.id = checked.part_of AND i.order_id = checked.order_id AND i.id <> checked.id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE foreign_key_violation USING
      MESSAGE = format('item %s, %s, is a part of %s, which is no other line of its order', checked.id, left(checked.name, 100), checked.part_of),
      HINT = 'Write the id of a line of the same order, in the same statement or before.';
  END IF;
  -- One level; a refire is of any line that was ordered.
  IF whole.refire OR NOT checked.refire AND whole.part_of IS NOT NULL OR EXISTS (
      SELECT FROM order_items AS i WHERE i.order_id = checked.order_id AND i.part_of = checked.id AND (checked.refire OR NOT i.refire)) THEN
    RAISE check_violation USING
      MESSAGE = format('item %s, %s, would be a part of a part', checked.id, left(checked.name, 100)),
      HINT = 'Make all of them parts of the line that has the price.';
  END IF;
END
$$;
COMMENT ON FUNCTION check_part(order_items, order_items) IS
  'Refuses a part that costs something, is of another order, or is a part of a part; before: the row as it was, or NULL.';

CREATE OR REPLACE FUNCTION ratio_of_part(part order_items, whole_quantity integer) RETURNS integer[]
LANGUAGE sql IMMUTABLE RETURN CASE
  WHEN part.part_ratio[3] = part.quantity AND part.part_ratio[1] > 0 AND part.part_ratio[2] > 0 THEN part.part_ratio[1:2]
  ELSE ARRAY[part.quantity, greatest(whole_quantity, 1)] END;
COMMENT ON FUNCTION ratio_of_part(order_items, integer) IS
  'How many of a part its writer meant for how many of the whole: {2,3}. As it stands, unless it is what follow_whole() made of that.';

CREATE OR REPLACE FUNCTION follow_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NEW.voided <> OLD.voided THEN
    UPDATE order_items AS i SET voided = NEW.voided, void_reason = NEW.void_reason
    WHERE i.order_id = NEW.order_id AND i.part_of = NEW.id AND i.voided <> NEW.voided;
  END IF;
  IF NEW.quantity <> OLD.quantity THEN
    -- from what was written, not from what it was rounded to: 3 that become 1 and 3 again are as before
    UPDATE order_items AS i
    SET (quantity, part_ratio) = (
      SELECT f.quantity, r.ratio || f.quantity FROM (SELECT ratio_of_part(i, OLD.quantity) AS ratio) AS r
      CROSS JOIN LATERAL (
        SELECT least(greatest(round(r.ratio[1]::numeric * NEW.quantity / r.ratio[2]), 1), 2147483647)::integer AS quantity) AS f)
    WHERE i.order_id = NEW.order_id AND i.part_of = NEW.id AND NOT i.refire;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION follow_whole() IS
  'Parts are voided with their whole, and are as many more or less as it is, by what their writer meant: part_ratio; how much is cooked '
  'again stays.';

CREATE OR REPLACE TRIGGER order_items_follow_whole AFTER UPDATE OF voided, quantity ON order_items
  FOR EACH ROW EXECUTE FUNCTION follow_whole();
COMMENT ON TRIGGER order_items_follow_whole ON order_items IS 'What becomes of a line becomes of its parts.';

CREATE OR REPLACE FUNCTION delete_parts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  followed text := coalesce(current_setting('kds.followed', true), '');  -- where these are parts themselves, which have refires
BEGIN
  PERFORM FROM gone AS g JOIN order_items AS i ON i.order_id = g.order_id AND i.part_of = g.id;
  IF FOUND THEN  -- else it would come for itself without end
    -- for return_stock_of_lines() of stock.sql, which sees their wholes no more: they took nothing
    PERFORM set_config('kds.followed',
      CASE WHEN position(transaction_mark() IN followed) = 1 THEN followed ELSE transaction_mark() END || coalesce((
        SELECT string_agg(' ' || i.id, '') FROM gone AS g JOIN order_items AS i ON i.order_id = g.order_id AND i.part_of = g.id
        WHERE NOT i.refire AND (i.menu_item_id = g.menu_item_id OR num_nulls(i.menu_item_id, g.menu_item_id) > 0 AND i.name = g.name)), ''), true);
    DELETE FROM order_items AS i USING gone AS g WHERE i.order_id = g.order_id AND i.part_of = g.id;
    PERFORM set_config('kds.followed', followed, true);
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION delete_parts() IS 'Parts are deleted with their whole.';

CREATE OR REPLACE TRIGGER order_items_delete_parts AFTER DELETE ON order_items REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION delete_parts();
COMMENT ON TRIGGER order_items_delete_parts ON order_items IS 'No part is left without its whole.';

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION check_part(order_items, order_items), ratio_of_part(order_items, integer), follow_whole(), delete_parts() FROM PUBLIC;

COMMIT;
