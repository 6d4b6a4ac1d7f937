-- forgetting.sql: the words of guests go when they have had their time; what was cooked, when and for how much stays.
--
-- Beside the story of an order, at its end. A guest's words are the name and the note of an order, the notes of its lines, and what
-- marks remember of notes (marks.sql); an allergy is one of them. branches.forget_after_days says when, the service asks
-- forget_some() now and then (kds/domain/forgetting.py), and kds forget calls forget_orders() for one guest.
-- By hand: after pruning.sql. Safe to re-run beside writers, and one transaction.
--
-- What no board can hold is forgotten in silence: no event, no frame, and no lock of its branch. write_event() (announce.sql) asks
-- forgets_in_silence(), which goes by a row that only these functions write, in the same transaction:
--   kds.forgetting  transaction_mark() where that row is to be asked at all
-- Advisory lock (class, key): 493269109, stripe: what has had its time is forgotten in a branch.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION is_on_boards(placed orders) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN CASE placed.status
    WHEN 'CANCELLED' THEN NOT placed.acknowledged
    -- the last 20, as read_snapshot of queries/kitchen.sql
    WHEN 'COMPLETED' THEN placed.completed_at >= coalesce((
      SELECT o.completed_at FROM orders AS o WHERE o.branch_id = placed.branch_id AND o.status = 'COMPLETED'
        AND o.completed_at < now() + interval '10 minutes' ORDER BY o.completed_at DESC OFFSET 19 LIMIT 1), '-infinity')
    ELSE true END;
END
$$;
COMMENT ON FUNCTION is_on_boards(orders) IS 'Whether a board may show an order: it is open, not seen to be cancelled, or of the last that were completed.';

CREATE OR REPLACE FUNCTION forgets_in_silence(branch uuid, changed_order uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM forgetting AS f WHERE f.branch_id = branch AND f.xid = pg_current_xact_id() AND changed_order = ANY (f.orders));
END
$$;
COMMENT ON FUNCTION forgets_in_silence(uuid, uuid) IS 'Whether this transaction forgets the words of an order that no board can hold.';

CREATE OR REPLACE FUNCTION has_words(placed orders) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN placed.customer_name <> '' OR placed.note <> ''
    OR EXISTS (SELECT FROM order_items AS i WHERE i.order_id = placed.id AND (i.note <> '' OR i.changed IS DISTINCT FROM without_note(i.changed)))
    OR EXISTS (SELECT FROM kots AS k WHERE k.order_id = placed.id AND k.changed IS DISTINCT FROM without_note(k.changed));
END
$$;
COMMENT ON FUNCTION has_words(orders) IS 'Whether anything of an order is in the words of its guest.';

CREATE OR REPLACE FUNCTION has_had_its_time(placed orders, kept_days integer) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  kept_since timestamptz := now() - make_interval(days => kept_days);
BEGIN
  -- what no reader can hold is no time, see checks.sql: a row of before would keep its words for good
  RETURN NOT EXISTS (
      SELECT FROM unnest(ARRAY[placed.placed_at, placed.due_at, placed.completed_at, placed.cancelled_at]) AS t (at)
      WHERE t.at BETWEEN kept_since AND '9999-12-30 00:00:00+00')
    -- one that stayed open: something of it may be cooked today, and its note be an allergy
    AND (placed.status IN ('COMPLETED', 'CANCELLED') OR NOT EXISTS (
      SELECT FROM kots AS k CROSS JOIN LATERAL unnest(ARRAY[k.sent_at, k.fired_at, k.fire_at]) AS t (at)
      WHERE k.order_id = placed.id AND t.at BETWEEN kept_since AND '9999-12-30 00:00:00+00'));
END
$$;
COMMENT ON FUNCTION has_had_its_time(orders, integer) IS
  'Whether nothing of an order was placed, promised, cooked or over within so many days.';

CREATE OR REPLACE FUNCTION forget_orders(branch uuid, wanted uuid[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  ids uuid[];
  silent uuid[];
BEGIN
  IF cardinality(wanted) > 1000 THEN  -- each row that changes looks through them
    RAISE program_limit_exceeded USING
      MESSAGE = format('%s orders at once', cardinality(wanted)),
      HINT = 'Forget at most 1,000 in a transaction, as kds forget does it in parts.';
  END IF;
  SELECT array_agg(o.id), array_agg(o.id) FILTER (WHERE NOT is_on_boards(o.placed)) INTO ids, silent FROM (
    SELECT p.id, p AS placed FROM orders AS p WHERE p.id = ANY (wanted) AND p.branch_id = branch ORDER BY p.id FOR NO KEY UPDATE) AS o
  WHERE has_words(o.placed);
  IF ids IS NULL THEN
    RETURN 0;
  END IF;
  INSERT INTO forgetting AS f (branch_id, xid, orders) VALUES (branch, pg_current_xact_id(), silent)
  ON CONFLICT (branch_id) DO UPDATE SET xid = excluded.xid, orders =
    CASE WHEN f.xid = excluded.xid THEN f.orders || excluded.orders ELSE excluded.orders END;
  PERFORM set_config('kds.forgetting', transaction_mark(), true);
  IF (current_setting('kds.events', true) <> '') IS NOT TRUE THEN
    PERFORM set_config('kds.events', transaction_mark(), true);  -- or write_event() does not ask
  END IF;
  UPDATE orders AS o SET customer_name = NULL, note = NULL
  WHERE o.id = ANY (ids) AND (o.customer_name <> '' OR o.note <> '');
  UPDATE order_items AS i SET note = NULL WHERE i.order_id = ANY (ids) AND i.note <> '';
  -- after those, which mark in an open order what was before
  UPDATE order_items AS i SET changed = without_note(i.changed)
  WHERE i.order_id = ANY (ids) AND i.changed IS DISTINCT FROM without_note(i.changed);
  UPDATE kots AS k SET changed = without_note(k.changed)
  WHERE k.order_id = ANY (ids) AND k.changed IS DISTINCT FROM without_note(k.changed);
  RETURN cardinality(ids);
END
$$;
COMMENT ON FUNCTION forget_orders(uuid, uuid[]) IS
  'Takes the words of guests out of these orders of a branch, at most 1,000; whatever counts stays. In silence where no board can hold the order. Of how '
  'many orders there were any. Best in a transaction of its own.';

CREATE OR REPLACE FUNCTION days_looked_back(last_begun timestamptz, begins timestamptz) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  -- 32 times the highest power of two of which a multiple lies between the two, as days since 1970: where they differ first in binary
  SELECT 16 << length(ltrim((
    floor(extract(epoch FROM last_begun) / 86400)::integer # floor(extract(epoch FROM begins) / 86400)::integer)::bit(32)::text, '0'));
$$;
COMMENT ON FUNCTION days_looked_back(timestamptz, timestamptz) IS
  'How many days that it has been through a pass looks at again which begins at another day (UTC) than the last: 32, every second day 64, '
  'every fourth 128 and so on, also where days were left out.';

CREATE OR REPLACE FUNCTION forget_some(branch uuid, at_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  kept_days integer;
  first_kept date;
  pass forgetting;
  begins timestamptz := clock_timestamp();
  looks_from date;
  place orders;
  lacking uuid[];
  ready uuid[];
  looked_at integer := 0;
  ignored integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(493269109, branch_stripe(branch)) THEN
    RETURN NULL;
  END IF;
  PERFORM set_config('lock_timeout', '300ms', true);  -- before anybody is ended as the one of a deadlock
  SELECT b.forget_after_days, business_day(b.timezone, b.day_starts_at) - b.forget_after_days INTO kept_days, first_kept
  FROM branches AS b WHERE b.id = branch;
  IF kept_days IS NULL THEN
    RETURN 0;
  END IF;
  SELECT f.* INTO pass FROM forgetting AS f WHERE f.branch_id = branch FOR UPDATE;
  IF isfinite(pass.begun_at) IS NOT TRUE THEN
    looks_from := '-infinity';
  ELSIF (pass.begun_at AT TIME ZONE 'UTC')::date < (begins AT TIME ZONE 'UTC')::date THEN
    -- what was too young, and what was imported since
    looks_from := first_kept - days_looked_back(pass.begun_at, begins);
  END IF;
  IF looks_from IS NOT NULL THEN  -- unless the last pass has not come so far
    INSERT INTO forgetting AS f (branch_id, day, number, begun_at) VALUES (branch, looks_from, 0, begins)
    ON CONFLICT (branch_id) DO UPDATE SET (day, number, begun_at) =
      ROW(least(f.day, excluded.day), CASE WHEN f.day < excluded.day THEN f.number ELSE 0 END, excluded.begun_at)
    RETURNING f.* INTO pass;
  END IF;
  -- what another writer has just now is left for the next time, and all behind it
  SELECT array_agg(o.id) INTO lacking FROM (
    SELECT p.id, p AS placed FROM orders AS p
    WHERE p.branch_id = branch AND (p.business_day, p.order_number) > (pass.day, pass.number) AND p.business_day < first_kept
    ORDER BY p.business_day, p.order_number LIMIT at_most) AS o
  WHERE has_had_its_time(o.placed, kept_days) AND has_words(o.placed);
  SELECT array_agg(o.id) INTO ready FROM (
    SELECT p.id FROM orders AS p WHERE p.id = ANY (lacking) AND has_had_its_time(p, kept_days) ORDER BY p.id FOR NO KEY UPDATE SKIP LOCKED) AS o;
  FOR place IN
    SELECT p.* FROM orders AS p
    WHERE p.branch_id = branch AND (p.business_day, p.order_number) > (pass.day, pass.number) AND p.business_day < first_kept
    ORDER BY p.business_day, p.order_number LIMIT at_most
  LOOP
    EXIT WHEN place.id = ANY (lacking) AND NOT place.id = ANY (coalesce(ready, '{}'));
    pass.day := place.business_day;
    pass.number := place.order_number;
    looked_at := looked_at + 1;
  END LOOP;
  IF ready IS NOT NULL THEN
    ignored := forget_orders(branch, ready);
  END IF;
  IF looked_at > 0 THEN
    UPDATE forgetting AS f SET day = pass.day, number = pass.number WHERE f.branch_id = branch;
  END IF;
  RETURN looked_at;
END
$$;
COMMENT ON FUNCTION forget_some(uuid, integer) IS
  'Goes on through the past orders of a branch, at_most at a time, and takes the words of guests out of those that were kept for long '
  'enough; once a day it looks at some days again, days_looked_back(). At how many it looked; 0: there is no more to do now; NULL when '
  'another process is at this branch.';
COMMENT ON TABLE forgetting IS
  'How far forget_some() has come through the past orders of a branch, business day and order_number, and when it last went back some days. '
  'A row lives as long as its branch.';

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION is_on_boards(orders), forgets_in_silence(uuid, uuid), has_words(orders), has_had_its_time(orders, integer),
  forget_orders(uuid, uuid[]), days_looked_back(timestamptz, timestamptz), forget_some(uuid, integer) FROM PUBLIC;

COMMIT;
