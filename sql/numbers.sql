-- numbers.sql: what is called out, 1, 2, 3 ... per branch and business day; in one file, because its locks are only right together.
--
-- Step 1 of the story, with rules.sql.
-- By hand: after days.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing. Where branches are there already, then also
-- SELECT mend_order_numbers(NULL, 1000), as kds migrate does.
--
-- A branch has one sequence, for nextval() waits for nobody's commit. Its value is the business day, counted from
-- 2000-01-01, times a million, plus the number; it stands at one day at a time:
--   the day that it stands at   draws from it, whatever today is
--   today, when it is not that  moves it first, forth or back: advance_order_numbers()
--   any other day               counts its rows, one writer after the other
-- A rolled-back writer leaves a gap, and nothing else: whatever outlives a transaction is made from the rows.
--
-- Advisory locks (class, key):
--   493269106, day and stripe     shared until COMMIT by who has a number of that day; alone by who counts its rows or moves
--                                 the sequence to it, and so misses no number that is not committed yet
--   493269107, stripe and number  shared until COMMIT by who chose a number itself: draws pass it by
--   493269103, stripe             for a moment, by who moves a sequence
-- Stripes, see branch_stripe(): no transaction holds more than some thousands, however many branches it writes.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'branches');

DO $$
BEGIN
  IF to_regnamespace('order_numbers') IS NULL THEN  -- as a condition: IF NOT EXISTS asks for the right to create one first
    CREATE SCHEMA order_numbers;
  END IF;
END
$$;
COMMENT ON SCHEMA order_numbers IS
  'One sequence per branch, named by its id: nextval waits for nobody, so two orders of a branch never wait for each other.';

DROP FUNCTION IF EXISTS advance_order_numbers(regclass, bigint);  -- of earlier versions

-- Sequences -----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION create_order_numbers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  EXECUTE format('CREATE SEQUENCE IF NOT EXISTS order_numbers.%I AS bigint', NEW.id);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION create_order_numbers() IS 'Gives a new branch its sequence of order numbers.';

CREATE OR REPLACE FUNCTION drop_order_numbers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  EXECUTE format('DROP SEQUENCE IF EXISTS order_numbers.%I', OLD.id);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION drop_order_numbers() IS 'Takes the sequence of order numbers away with its branch.';

CREATE OR REPLACE FUNCTION last_order_number(branch uuid, day date) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  -- beyond 900000 it was written by somebody, not counted: the day would have no number left
  begins_after integer := coalesce((
    SELECT b.numbers_begin_after FROM branches AS b
    WHERE b.id = branch AND b.numbers_begin_on = day AND b.numbers_begin_after <= 900000), 0);
BEGIN
  RETURN (
    SELECT min(taken.number) FROM (
      SELECT n.number, lead(n.number) OVER (ORDER BY n.number) AS next FROM (
        SELECT begins_after AS number
        UNION ALL
        SELECT o.order_number FROM orders AS o
        WHERE o.branch_id = branch AND o.business_day = day AND o.order_number BETWEEN begins_after + 1 AND 999999) AS n) AS taken
    WHERE taken.next > taken.number + 100 OR taken.next IS NULL);
END
$$;
COMMENT ON FUNCTION last_order_number(uuid, date) IS
  'The number up to which the rows of a day count; where there is none, where the day begins: 0, or what move_day() says. One that '
  'stands more than 100 beyond all others was chosen by its writer, and is passed by when the count comes there.';

CREATE OR REPLACE FUNCTION are_order_numbers_behind(numbers regclass, branch uuid, day date) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  last integer := last_order_number(branch, day);  -- before the sequence is read: meanwhile orders are numbered
  value bigint := pg_sequence_last_value(numbers);
BEGIN
  RETURN value / 1000000 IS DISTINCT FROM day - date '2000-01-01' OR value % 1000000 < last;
END
$$;
COMMENT ON FUNCTION are_order_numbers_behind(regclass, uuid, date) IS
  'Whether a sequence of order numbers stands at another day, or before a number that the day has.';

CREATE OR REPLACE FUNCTION note_given_number(branch uuid, day date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  -- who has the row locked may be noting the same; waiting for a commit is worth less than the next writer's note
  PERFORM FROM branches AS b WHERE b.id = branch AND (b.numbers_given_on < day - 3) IS NOT FALSE FOR NO KEY UPDATE SKIP LOCKED;
  IF FOUND THEN
    UPDATE branches AS b SET numbers_given_on = day WHERE b.id = branch;
  END IF;
END
$$;
COMMENT ON FUNCTION note_given_number(uuid, date) IS 'Has number_order() look for a week whether a number is taken.';

CREATE OR REPLACE FUNCTION advance_order_numbers(branch uuid, day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  numbers regclass := to_regclass('order_numbers."' || branch || '"');
  day_base bigint := (day - date '2000-01-01') * 1000000::bigint;
  day_key integer := ((day - date '2000-01-01') << 10) | branch_stripe(branch);
  is_alone boolean;
  last integer;
BEGIN
  -- Session locks, given back before this function returns: the first orders of a day wait for each other here for as long as it
  -- takes to count the day's rows, and never for each other's commits.
  PERFORM pg_advisory_lock(493269103, branch_stripe(branch));
  IF are_order_numbers_behind(numbers, branch, day) THEN
    -- Somebody may have a number of this day that is not committed yet: an order for tomorrow while tomorrow begins. It is
    -- waited for, but no transaction that stays open may close the branch: then the count goes on well beyond it.
    FOR attempt IN 1..20 LOOP
      is_alone := pg_try_advisory_lock(493269106, day_key);
      EXIT WHEN is_alone;
      PERFORM pg_sleep(0.01);
    END LOOP;
    last := last_order_number(branch, day);
    IF EXISTS (SELECT FROM branches AS b WHERE b.id = branch AND b.numbers_begin_on = day) THEN
      -- also what was drawn while the day was being moved: from the day before or after, and not from one long ago
      last := greatest(last, CASE WHEN abs(pg_sequence_last_value(numbers) - day_base) < 3000000
        AND pg_sequence_last_value(numbers) % 1000000 <= 900000 THEN pg_sequence_last_value(numbers) % 1000000 END);
    END IF;
    PERFORM setval(numbers, day_base + CASE WHEN is_alone THEN last ELSE last + 100 END);
    IF is_alone THEN
      PERFORM pg_advisory_unlock(493269106, day_key);
      is_alone := false;
    END IF;
  END IF;
  PERFORM pg_advisory_unlock(493269103, branch_stripe(branch));
  IF EXISTS (SELECT FROM orders AS o WHERE o.branch_id = branch AND o.business_day = day AND o.order_number > last) THEN
    PERFORM note_given_number(branch, day);
  END IF;
EXCEPTION WHEN query_canceled OR OTHERS THEN
  PERFORM pg_advisory_unlock(493269103, branch_stripe(branch));
  IF is_alone THEN
    PERFORM pg_advisory_unlock(493269106, day_key);
  END IF;
  RAISE;
END
$$;
COMMENT ON FUNCTION advance_order_numbers(uuid, date) IS
  'Moves the sequence of a branch to a business day, behind the numbers that the day has; never back within the day.';

CREATE OR REPLACE FUNCTION mend_order_numbers(after_branch uuid, at_most integer) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  branch uuid;
  day date;
  numbers regclass;
BEGIN
  FOR branch, day IN
    SELECT b.id, ((clock_timestamp() AT TIME ZONE b.timezone) - b.day_starts_at)::date FROM branches AS b
    WHERE b.id > after_branch OR after_branch IS NULL ORDER BY b.id LIMIT at_most
  LOOP
    numbers := to_regclass('order_numbers."' || branch || '"');
    IF numbers IS NULL THEN
      EXECUTE format('CREATE SEQUENCE IF NOT EXISTS order_numbers.%I AS bigint', branch);
    ELSIF pg_sequence_last_value(numbers) / 1000000 = day - date '2000-01-01' THEN
      PERFORM advance_order_numbers(branch, day);
    END IF;
  END LOOP;
  RETURN branch;
END
$$;
COMMENT ON FUNCTION mend_order_numbers(uuid, integer) IS
  'After a restore: gives branches the sequence that they lack, and moves one that stands at today past the numbers that today has. '
  'So many branches after this one, for a sequence stays locked until COMMIT; the last of them, NULL when there are none left.';

-- Numbers -------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION keep_given_number(branch uuid, day date, today date, given integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF day < today - 1 THEN
    RETURN;  -- history, of which nothing is drawn any more; a restore may bring any number of days
  END IF;
  PERFORM pg_try_advisory_xact_lock_shared(493269106, ((day - date '2000-01-01') << 10) | branch_stripe(branch));
  IF day < today OR (SELECT s.last / 1000000 = day - date '2000-01-01' AND s.last % 1000000 >= given
      FROM pg_sequence_last_value(to_regclass('order_numbers."' || branch || '"')) AS s (last)) THEN
    RETURN;  -- the draws are past it
  END IF;
  PERFORM pg_advisory_xact_lock_shared(493269107, (branch_stripe(branch) >> 2 << 3) | (given & 7));
  PERFORM note_given_number(branch, day);
END
$$;
COMMENT ON FUNCTION keep_given_number(uuid, date, date, integer) IS
  'Keeps draws away from a number that a writer chose itself, already before its COMMIT; moves no sequence.';

CREATE OR REPLACE FUNCTION is_number_taken(branch uuid, day date, number bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  slot integer := (branch_stripe(branch) >> 2 << 3) | (number & 7)::integer;
BEGIN
  -- Taken and given back in one expression: a query is cancelled between two, and a lock of the session would outlast it.
  IF (CASE WHEN pg_try_advisory_lock(493269107, slot) THEN NOT pg_advisory_unlock(493269107, slot) ELSE true END) THEN
    RETURN true;  -- in a transaction that is open, or one like it: a gap
  END IF;
  RETURN EXISTS (SELECT FROM orders AS o WHERE o.branch_id = branch AND o.business_day = day AND o.order_number = number);
END
$$;
COMMENT ON FUNCTION is_number_taken(uuid, date, bigint) IS 'Whether a writer chose this number itself.';

DROP FUNCTION IF EXISTS refuse_many_branches(bigint);  -- of earlier versions

CREATE OR REPLACE FUNCTION refuse_many_branches() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  at_most integer := current_setting('max_locks_per_transaction')::integer
    * (current_setting('max_connections')::integer + current_setting('max_prepared_transactions')::integer) / 6;
BEGIN
  -- each branch's sequence stays locked until COMMIT, in a table that all sessions share
  IF (SELECT count(*) FROM pg_locks AS l WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation') > at_most THEN
    RAISE program_limit_exceeded USING
      MESSAGE = format('one transaction places orders in more than %s branches', at_most),
      HINT = 'COMMIT after every 500 branches, or raise max_locks_per_transaction.';
  END IF;
END
$$;
COMMENT ON FUNCTION refuse_many_branches() IS
  'Refuses a transaction over so many branches that PostgreSQL would run out of locks, for all sessions.';

CREATE OR REPLACE FUNCTION take_order_number(branch uuid, day date, given integer, drawn bigint) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  numbers regclass := to_regclass('order_numbers."' || branch || '"');
  day_count bigint;
  day_key integer;
  number bigint;
  is_mixed boolean;
  today date;
BEGIN
  SELECT ((clock_timestamp() AT TIME ZONE b.timezone) - b.day_starts_at)::date, b.numbers_given_on >= day - 8 INTO today, is_mixed
  FROM branches AS b WHERE b.id = branch;
  IF NOT FOUND THEN
    RAISE foreign_key_violation USING
      MESSAGE = format('branch %s does not exist', branch), HINT = 'Choose an id from branches.';
  END IF;
  IF day > today + 366 OR day = '-infinity' OR given IS NULL AND day < today - 366 THEN
    RAISE check_violation USING
      MESSAGE = format('business day %s is more than 366 days from today, %s', day, today),
      HINT = 'Correct it, or leave business_day out for today. An order of long ago comes with its order_number as well.';
  END IF;
  IF day >= today AND given NOT BETWEEN 1 AND 999999 THEN
    RAISE check_violation USING
      MESSAGE = format('order number %s is not from 1 to 999999', given), HINT = 'Leave order_number out: it is counted by itself.';
  END IF;
  IF given IS NOT NULL THEN
    PERFORM keep_given_number(branch, day, today, given);
    RETURN given;
  END IF;
  IF numbers IS NULL THEN
    RAISE object_not_in_prerequisite_state USING
      MESSAGE = format('branch %s has no sequence of order numbers', branch), HINT = 'Run kds migrate.';
  END IF;
  day_count := day - date '2000-01-01';
  day_key := (day_count << 10) | branch_stripe(branch);
  IF drawn / 1000000 = day_count THEN
    PERFORM pg_try_advisory_xact_lock_shared(493269106, day_key);
    RETURN drawn % 1000000;
  END IF;
  FOR attempt IN 1..20 LOOP
    IF pg_sequence_last_value(numbers) / 1000000 = day_count THEN
      PERFORM pg_try_advisory_xact_lock_shared(493269106, day_key);  -- refused: the sequence stands beyond who has it
      LOOP
        number := nextval(numbers) - day_count * 1000000;
        EXIT WHEN number NOT BETWEEN 1 AND 999999;  -- moved in between, or the last one was given
        IF NOT (is_mixed AND is_number_taken(branch, day, number)) THEN
          RETURN number;
        END IF;
      END LOOP;
      EXIT WHEN number = 1000000;
    ELSIF day = today AND attempt < 10 THEN
      PERFORM refuse_many_branches();
      PERFORM advance_order_numbers(branch, day);
    ELSE
      PERFORM pg_advisory_xact_lock(493269106, day_key);
      IF pg_sequence_last_value(numbers) / 1000000 IS DISTINCT FROM day_count THEN
        number := last_order_number(branch, day) + 1;
        EXIT WHEN number > 999999;
        RETURN number;
      END IF;
    END IF;
  END LOOP;
  RAISE program_limit_exceeded USING MESSAGE = format('branch %s has no order number left for %s', branch, day);
END
$$;
COMMENT ON FUNCTION take_order_number(uuid, date, integer, bigint) IS
  'What number_order() does for any but the commonest order: refuses what is out of bounds, takes what was given, moves the sequence, or '
  'counts the rows of another day. drawn: what the sequence gave already, if it was asked.';

CREATE OR REPLACE FUNCTION number_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  drawn bigint;
  counts_dishes boolean;
  ignored text;
BEGIN
  -- The commonest order, for today and in a branch where nobody chose numbers, draws at once: a query and two expressions are
  -- what a transaction should pay. A number of another day, where the sequence stands before the day's first order, is left.
  SELECT coalesce(NEW.business_day, ((coalesce(NEW.due_at, clock_timestamp()) AT TIME ZONE b.timezone) - b.day_starts_at)::date),
    CASE WHEN NEW.order_number IS NULL AND NEW.business_day IS NULL AND NEW.due_at IS NULL
      AND (b.numbers_given_on >= current_date - 8) IS NOT TRUE THEN nextval(to_regclass(concat('order_numbers."', b.id, '"'))) END,
    b.counts_dishes
  INTO NEW.business_day, drawn, counts_dishes FROM branches AS b WHERE b.id = NEW.branch_id;
  IF counts_dishes THEN
    ignored := set_config('kds.counting', public.order_mark(NEW.id), true);  -- see stock.sql
  END IF;
  IF NEW.status = 'SENT' AND NEW.placed_at = CURRENT_TIMESTAMP
     AND NEW.ready_at IS NULL AND NEW.completed_at IS NULL AND NEW.cancelled_at IS NULL AND NEW.paid_at IS NULL AND NEW.due_at IS NULL
     AND NEW.external_id IS NULL AND NEW.display_number IS NULL AND NEW.server_name IS NULL AND NEW.check_id IS NULL
     AND NEW.covers IS NULL
     AND drawn IS NOT NULL  -- else its day may be infinite, and NULL AND would go on to the lock
     AND drawn / 1000000 = NEW.business_day - date '2000-01-01'
     AND uuid_hash(NEW.id) & 511 <> 0
     -- Who moves the sequence here must see that this number is not committed yet.
     AND pg_try_advisory_xact_lock_shared(493269106,
       ((NEW.business_day - date '2000-01-01') << 10) | (uuid_hash(NEW.branch_id) & 1023)) THEN
    NEW.order_number := (drawn % 1000000)::integer;
    RETURN NEW;
  END IF;
  IF (NEW.status = 'SENT' AND NEW.placed_at = CURRENT_TIMESTAMP
      AND num_nonnulls(NEW.ready_at, NEW.completed_at, NEW.cancelled_at, NEW.paid_at, NEW.due_at,
        NEW.external_id, NEW.display_number, NEW.server_name, NEW.check_id, NEW.covers) = 0) IS NOT TRUE THEN
    NEW := public.settle_new_order(NEW);  -- see values.sql
  END IF;
  IF uuid_hash(NEW.id) & 511 = 0 THEN  -- one order in 512 looks how many locks this transaction has
    PERFORM refuse_many_branches();
  END IF;
  NEW.order_number := take_order_number(NEW.branch_id, NEW.business_day, NEW.order_number, drawn);
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION number_order() IS
  'Gives an order its number: 1, 2, 3 ... per branch and business day, gaps when a transaction rolls back, no waiting for other writers.';

CREATE OR REPLACE FUNCTION renumber_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.order_number := take_order_number(NEW.branch_id, NEW.business_day, NEW.order_number, NULL);
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION renumber_order() IS 'A number or day that a writer changes is taken as if it came with a new order.';

CREATE OR REPLACE TRIGGER branches_create_order_numbers AFTER INSERT ON branches
  FOR EACH ROW EXECUTE FUNCTION create_order_numbers();
COMMENT ON TRIGGER branches_create_order_numbers ON branches IS 'Makes the sequence that number_order() draws from.';

CREATE OR REPLACE TRIGGER branches_drop_order_numbers AFTER DELETE ON branches
  FOR EACH ROW EXECUTE FUNCTION drop_order_numbers();
COMMENT ON TRIGGER branches_drop_order_numbers ON branches IS 'Drops the sequence of a deleted branch.';

CREATE OR REPLACE TRIGGER orders_number BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION number_order();
COMMENT ON TRIGGER orders_number ON orders IS 'Sets order_number and business_day.';

CREATE OR REPLACE TRIGGER orders_renumber BEFORE UPDATE OF order_number, business_day ON orders FOR EACH ROW
  WHEN ((OLD.order_number, OLD.business_day) IS DISTINCT FROM (NEW.order_number, NEW.business_day))
  EXECUTE FUNCTION renumber_order();
COMMENT ON TRIGGER orders_renumber ON orders IS 'A number or day that a writer changes has the bounds of a new one.';

ALTER TABLE branches ENABLE ALWAYS TRIGGER branches_create_order_numbers;
ALTER TABLE branches ENABLE ALWAYS TRIGGER branches_drop_order_numbers;
ALTER TABLE orders ENABLE ALWAYS TRIGGER orders_number;
ALTER TABLE orders ENABLE ALWAYS TRIGGER orders_renumber;

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION create_order_numbers(), drop_order_numbers(),
  are_order_numbers_behind(regclass, uuid, date), note_given_number(uuid, date), mend_order_numbers(uuid, integer),
  advance_order_numbers(uuid, date), keep_given_number(uuid, date, date, integer), is_number_taken(uuid, date, bigint),
  refuse_many_branches(), take_order_number(uuid, date, integer, bigint), number_order(), renumber_order() FROM PUBLIC;

COMMIT;
