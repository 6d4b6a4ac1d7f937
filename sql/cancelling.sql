-- cancelling.sql: what a guest may still take back of an order: all of it, or the own round, while nothing of it is finished.
--
-- By hand: after placing.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION cancel_unstarted_order(wanted_order uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM act_as('guest');
  -- The lock first, in a statement of its own: the next one then sees what a cook has bumped in the meantime.
  PERFORM FROM orders AS o WHERE o.id = wanted_order AND o.status = 'SENT' FOR NO KEY UPDATE;
  UPDATE orders AS o SET status = 'CANCELLED'
  WHERE o.id = wanted_order AND o.status = 'SENT'
    AND NOT EXISTS (SELECT FROM kots AS k WHERE k.order_id = o.id AND (k.status IN ('READY', 'COMPLETED') OR k.started_at IS NOT NULL))
    AND NOT EXISTS (SELECT FROM order_items AS i WHERE i.order_id = o.id AND i.done AND NOT i.voided);
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION cancel_unstarted_order(uuid) IS
  'What a guest may still do: cancels an order of which no ticket is begun and no dish finished; whether it did.';

CREATE OR REPLACE FUNCTION cancel_unstarted_round(wanted_order uuid, wanted_round uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM act_as('guest');
  -- As in cancel_unstarted_order(): the lock first.
  PERFORM FROM orders AS o WHERE o.id = wanted_order AND o.status IN ('SENT', 'READY') FOR NO KEY UPDATE;
  IF NOT FOUND OR EXISTS (SELECT FROM kots AS k WHERE k.order_id = wanted_order AND k.round_id IS NOT DISTINCT FROM wanted_round
                            AND (k.status IN ('READY', 'COMPLETED') OR k.started_at IS NOT NULL
                              OR EXISTS (SELECT FROM order_items AS i WHERE i.order_id = wanted_order AND i.kot_id = k.id AND i.done
                                           AND NOT i.voided))) THEN
    RETURN false;
  END IF;
  IF wanted_round IS NULL AND NOT EXISTS (SELECT FROM kots AS k WHERE k.order_id = wanted_order AND k.round_id IS NOT NULL) THEN
    RETURN cancel_unstarted_order(wanted_order);
  END IF;
  -- Voided too: so that no sum keeps them, see sums.sql, and no cook takes one of these dishes off once more.
  UPDATE order_items AS i SET voided = true FROM kots AS k
  WHERE i.kot_id = k.id AND i.order_id = wanted_order AND NOT i.voided
    AND k.order_id = wanted_order AND k.round_id IS NOT DISTINCT FROM wanted_round AND k.status = 'SENT';
  UPDATE kots AS k SET status = 'CANCELLED'
  WHERE k.order_id = wanted_order AND k.round_id IS NOT DISTINCT FROM wanted_round AND k.status = 'SENT';
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION cancel_unstarted_round(uuid, uuid) IS
  'What a guest may still do who shares an order: cancels their own tickets when none and no dish of them is finished, voids their '
  'dishes; NULL is whoever has the order''s own link. The order itself is cancelled when nothing else is '
  'left. Whether it did.';

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION cancel_unstarted_order(uuid), cancel_unstarted_round(uuid, uuid) FROM PUBLIC;

COMMIT;
