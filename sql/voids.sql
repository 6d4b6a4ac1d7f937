-- voids.sql: a dish that is taken back stays on the boards until the kitchen has seen it.
--
-- By hand: after cancelling.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION acknowledge_void(wanted_item uuid, wanted_order uuid, wanted_branch uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  emptied uuid;
BEGIN
  PERFORM FROM orders AS o WHERE o.id = wanted_order AND o.branch_id = wanted_branch FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE order_items AS i SET acknowledged = true FROM kots AS k
  WHERE i.id = wanted_item AND i.order_id = wanted_order AND k.id = i.kot_id
    AND (i.voided OR k.status = 'CANCELLED') AND NOT i.acknowledged
  RETURNING k.id INTO emptied;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE kots AS k SET status = 'CANCELLED'
  WHERE k.id = emptied AND k.status IN ('SENT', 'READY')
    AND NOT EXISTS (SELECT FROM order_items AS i WHERE i.kot_id = k.id AND i.order_id = wanted_order
                    AND NOT (i.voided AND i.acknowledged));
  UPDATE orders AS o SET acknowledged = true WHERE o.id = wanted_order AND o.status = 'CANCELLED' AND NOT o.acknowledged
    AND NOT EXISTS (SELECT FROM order_items AS i WHERE i.order_id = o.id AND NOT i.acknowledged);
  RETURN true;
END
$$;
COMMENT ON FUNCTION acknowledge_void(uuid, uuid, uuid) IS
  'The kitchen has seen that a dish is voided; a KOT of which nothing is left is CANCELLED by that, and an order of which nothing '
  'is left is seen as a whole. Whether it changed anything.';

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION acknowledge_void(uuid, uuid, uuid) FROM PUBLIC;

COMMIT;
