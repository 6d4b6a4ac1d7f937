-- refiring.sql: a line that was cooked is cooked again: it fell, it went cold, it was not what the guest meant.
--
-- What is cooked again is a part of what was ordered, see parts.sql: it costs nothing, and the guest sees one dish.
-- By hand: after voids.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION refire_item(wanted_item uuid, wanted_order uuid, wanted_branch uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  cooked order_items;
  ticket kots;
  again uuid;
BEGIN
  PERFORM FROM orders AS o WHERE o.id = wanted_order AND o.branch_id = wanted_branch AND o.status <> 'CANCELLED' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- What is cooked again and fails again is the same line once more. The lock waits for a till that is just deleting it.
  SELECT i.* INTO cooked FROM order_items AS i
  WHERE i.order_id = wanted_order AND NOT i.voided
    AND i.id = (SELECT CASE WHEN w.refire THEN w.part_of ELSE w.id END FROM order_items AS w
                WHERE w.id = wanted_item AND w.order_id = wanted_order)
  FOR NO KEY UPDATE;
  SELECT k.* INTO ticket FROM kots AS k WHERE k.id = cooked.kot_id AND k.order_id = wanted_order;
  IF ((ticket.status IN ('READY', 'COMPLETED') OR ticket.status = 'SENT' AND cooked.done)
      AND NOT EXISTS (SELECT FROM order_items AS i JOIN kots AS k ON k.id = i.kot_id
                      WHERE i.order_id = wanted_order AND i.part_of = cooked.id AND i.refire AND NOT i.voided AND NOT i.done
                        AND k.status = 'SENT')) IS NOT TRUE THEN
    RETURN false;
  END IF;
  INSERT INTO kots (order_id, station, round_id) VALUES (wanted_order, ticket.station, ticket.round_id) RETURNING id INTO again;
  INSERT INTO order_items (order_id, kot_id, menu_item_id, name, quantity, modifiers, note, allergens, seat, part_of, refire)
  VALUES (wanted_order, again, cooked.menu_item_id, cooked.name, cooked.quantity, cooked.modifiers, cooked.note, cooked.allergens,
    cooked.seat, cooked.id, true);
  RETURN true;
END
$$;
COMMENT ON FUNCTION refire_item(uuid, uuid, uuid) IS
  'Has a line that was cooked cooked once more, as a new round of its station; nothing while it is being cooked. Whether it did.';

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION refire_item(uuid, uuid, uuid) FROM PUBLIC;

COMMIT;
