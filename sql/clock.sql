-- clock.sql: what is due is fired by the clock of the database, once, by whichever process comes first.
--
-- Step 1 of the story, with firing.sql and later.sql. Each process of the service asks once a second what is due
-- (read_due of queries/domain.sql, kds/domain/firing.py). fire_due() takes a part of one branch at a time and locks each order
-- before its KOTs, as every writer does; who comes second finds it done. kots.fire_at is when the clock looks at a KOT next: at
-- once at what waits for a course or a payment, two hours before an order is due, an hour before, and when it is to be fired.
-- By hand: after later.sql. Safe to re-run beside writers, and one transaction.
--
-- Advisory lock (class, key): 493269108, stripe: the clock fires in a branch.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION fire_due(branch uuid, wanted_orders uuid[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  placed orders;
  is_measured boolean := false;
  p90_s integer;
  fired integer;
  looked_at integer := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(493269108, branch_stripe(branch)) THEN
    RETURN NULL;
  END IF;
  PERFORM act_as('clock');
  -- COMMIT waits for the branch; the other branches do not wait behind that for long
  PERFORM set_config('lock_timeout', '1s', true);
  FOR placed IN
    SELECT * FROM orders AS o WHERE o.id = ANY (wanted_orders) AND o.branch_id = branch ORDER BY o.id
    FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    -- A till that changes a KOT first holds that, and waits for its order: it comes first.
    CONTINUE WHEN (SELECT count(*) FROM kots AS k WHERE k.order_id = placed.id) > (
      SELECT count(*) FROM (SELECT FROM kots AS k WHERE k.order_id = placed.id FOR NO KEY UPDATE SKIP LOCKED) AS locked);
    looked_at := looked_at + 1;
    IF placed.due_at IS NOT NULL AND placed.lead_s IS NULL THEN
      IF NOT is_measured THEN
        p90_s := cooking_p90_s(branch);
        is_measured := true;
      END IF;
      PERFORM work_out_lead(placed.id, false, p90_s);
    END IF;
    UPDATE kots AS k SET
      waits_for = ARRAY(SELECT w FROM unnest(k.waits_for) AS w WHERE w NOT IN ('TIME', 'TOGETHER') AND (w <> 'PAYMENT' OR placed.paid_at IS NULL)),
      fire_at = CASE WHEN 'COURSE' = ANY (k.waits_for) THEN now() END
    WHERE k.order_id = placed.id AND k.held AND k.fire_at <= now()
      AND (k.waits_for && '{TIME,TOGETHER}' OR NOT 'COURSE' = ANY (k.waits_for) OR 'PAYMENT' = ANY (k.waits_for) AND placed.paid_at IS NOT NULL);
    IF EXISTS (SELECT FROM kots AS k WHERE k.order_id = placed.id AND k.held AND 'COURSE' = ANY (k.waits_for)) THEN
      PERFORM settle_courses(placed.id, branch);
    END IF;
    SELECT count(*) INTO fired FROM kots AS k WHERE k.order_id = placed.id AND NOT k.held AND k.fired_at = now();
    IF fired > 0 THEN
      INSERT INTO kitchen_actions (branch_id, order_id, action, was, became)
      VALUES (branch, placed.id, 'fire', 'true', 'false');
    END IF;
  END LOOP;
  RETURN looked_at;
END
$$;
COMMENT ON FUNCTION fire_due(uuid, uuid[]) IS
  'The clock: of these orders of a branch it fires what is due and works out when the rest is; what somebody has locked is left for the '
  'next time. At how many orders it looked; NULL when another process is at this branch.';

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION fire_due(uuid, uuid[]) FROM PUBLIC;

COMMIT;
