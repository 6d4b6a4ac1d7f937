-- cancelling.sql: what a guest may still take back of an order: all of it, or the own round, while nothing of it is finished; and what
-- the kitchen takes back of such rounds after a flood.
--
-- What is asked of an order is asked under its locks: of the order, then of its lines, then of their KOTs, each in a statement of its own,
-- for a cook who bumps a line locks nothing else. The next statement sees what was done until then. It is asked before the locks of the
-- lines as well: who is too late need not wait for a till to be told so.
-- By hand: after placing.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION is_begun(wanted_order uuid, of_kots uuid[]) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN EXISTS (SELECT FROM kots AS k WHERE k.order_id = wanted_order AND k.id = ANY (of_kots)
                   AND (k.status IN ('READY', 'COMPLETED') OR k.started_at IS NOT NULL))
    OR EXISTS (SELECT FROM order_items AS i WHERE i.order_id = wanted_order AND i.kot_id = ANY (of_kots) AND i.done AND NOT i.voided);
END
$$;
COMMENT ON FUNCTION is_begun(uuid, uuid[]) IS 'Whether the kitchen has begun one of these tickets of an order, or finished a dish of them.';

CREATE OR REPLACE FUNCTION cancel_unstarted_order(wanted_order uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  all_kots uuid[];
BEGIN
  PERFORM act_as('guest');
  PERFORM FROM orders AS o WHERE o.id = wanted_order AND o.status = 'SENT' FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  all_kots := ARRAY(SELECT k.id FROM kots AS k WHERE k.order_id = wanted_order);
  IF is_begun(wanted_order, all_kots) THEN
    RETURN false;
  END IF;
  -- wholes before their parts, as follow_whole() of parts.sql
  PERFORM FROM order_items AS i WHERE i.order_id = wanted_order ORDER BY i.part_of IS NOT NULL, i.id FOR NO KEY UPDATE;
  PERFORM FROM kots AS k WHERE k.order_id = wanted_order ORDER BY k.id FOR NO KEY UPDATE;
  IF is_begun(wanted_order, all_kots) THEN
    RETURN false;
  END IF;
  UPDATE orders AS o SET status = 'CANCELLED' WHERE o.id = wanted_order AND o.status = 'SENT';
  RETURN FOUND;
END
$$;
COMMENT ON FUNCTION cancel_unstarted_order(uuid) IS
  'What a guest may still do: cancels an order of which no ticket is begun and no dish finished; whether it did.';

CREATE OR REPLACE FUNCTION cancel_round(locked_order uuid, wanted_round uuid, is_seen boolean) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  its_kots uuid[];
  cancelled uuid[];
BEGIN
  -- those of its round alone: a till that has another may wait for the order
  its_kots := ARRAY(SELECT k.id FROM kots AS k WHERE k.order_id = locked_order AND k.round_id IS NOT DISTINCT FROM wanted_round);
  IF is_begun(locked_order, its_kots) THEN
    RETURN '{}';
  END IF;
  PERFORM FROM order_items AS i WHERE i.order_id = locked_order AND i.kot_id = ANY (its_kots)
  ORDER BY i.part_of IS NOT NULL, i.id FOR NO KEY UPDATE;
  PERFORM FROM kots AS k WHERE k.order_id = locked_order AND k.id = ANY (its_kots) ORDER BY k.id FOR NO KEY UPDATE;
  IF is_begun(locked_order, its_kots) THEN
    RETURN '{}';
  END IF;
  -- Voided too: so that no sum keeps them, see sums.sql, and no cook takes one of these dishes off once more.
  UPDATE order_items AS i SET voided = true, acknowledged = i.acknowledged OR is_seen FROM kots AS k
  WHERE i.kot_id = k.id AND i.order_id = locked_order AND (NOT i.voided OR is_seen AND NOT i.acknowledged)
    AND k.order_id = locked_order AND k.id = ANY (its_kots) AND k.status = 'SENT';
  WITH changed AS (
    UPDATE kots AS k SET status = 'CANCELLED'
    WHERE k.order_id = locked_order AND k.id = ANY (its_kots) AND k.status = 'SENT' RETURNING k.id
  )
  SELECT coalesce(array_agg(c.id), '{}') INTO cancelled FROM changed AS c;
  RETURN cancelled;
END
$$;
COMMENT ON FUNCTION cancel_round(uuid, uuid, boolean) IS
  'Of an order that is locked: cancels the tickets of a round of which none is begun and no dish finished, and voids their dishes, '
  'is_seen: which then leave the boards; NULL is the round of the order''s own link. The tickets; none when it is begun.';

CREATE OR REPLACE FUNCTION cancel_unstarted_round(wanted_order uuid, wanted_round uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM act_as('guest');
  PERFORM FROM orders AS o WHERE o.id = wanted_order AND o.status IN ('SENT', 'READY') FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF wanted_round IS NULL AND NOT EXISTS (SELECT FROM kots AS k WHERE k.order_id = wanted_order AND k.round_id IS NOT NULL) THEN
    RETURN cancel_unstarted_order(wanted_order);
  END IF;
  RETURN cancel_round(wanted_order, wanted_round, false) <> '{}';
END
$$;
COMMENT ON FUNCTION cancel_unstarted_round(uuid, uuid) IS
  'What a guest may still do who shares an order: cancels their own tickets when none and no dish of them is finished, voids their '
  'dishes; NULL is whoever has the order''s own link. The order itself is cancelled when nothing else is '
  'left. Whether it did.';

CREATE OR REPLACE FUNCTION cancel_guest_rounds(branch uuid, rounds uuid[]) RETURNS TABLE (order_id uuid, round_id uuid, kot_id uuid)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  joined uuid;
BEGIN
  FOR joined IN
    SELECT o.id FROM orders AS o
    WHERE o.branch_id = branch AND o.status IN ('SENT', 'READY')
      -- by the index of each, however few KOTs there are yet
      AND EXISTS (SELECT FROM kots AS k WHERE k.order_id = o.id AND k.round_id = ANY (rounds) OFFSET 0)
    ORDER BY o.id FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    RETURN QUERY SELECT joined, r.round_id, unnest(cancel_round(joined, r.round_id, true))
    FROM (SELECT DISTINCT k.round_id FROM kots AS k WHERE k.order_id = joined AND k.round_id = ANY (rounds)) AS r;
    -- As acknowledge_void() of voids.sql: an order of which nothing is left.
    UPDATE orders AS o SET acknowledged = true WHERE o.id = joined AND o.status = 'CANCELLED' AND NOT o.acknowledged
      AND NOT EXISTS (SELECT FROM order_items AS i WHERE i.order_id = o.id AND NOT i.acknowledged);
  END LOOP;
END
$$;
COMMENT ON FUNCTION cancel_guest_rounds(uuid, uuid[]) IS
  'After a flood: cancels those of these rounds of a branch that their guests could still cancel, and leaves the rest of each order '
  'alone; passes by the orders that others hold. The tickets; seen by that.';

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION cancel_unstarted_order(uuid), cancel_round(uuid, uuid, boolean), cancel_unstarted_round(uuid, uuid),
  cancel_guest_rounds(uuid, uuid[]) FROM PUBLIC;

COMMIT;
