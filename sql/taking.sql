-- taking.sql: how a file of this folder takes its tables when it is run by hand.
--
-- By hand: after schema.sql. Safe to re-run beside writers, and one transaction. `kds migrate` takes them itself, see
-- kds/postgres/migrate/tables_in_use.py.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION take_tables(VARIADIC tables regclass[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM set_config('lock_timeout', '150ms', true);
  FOR attempt IN 1..10 LOOP
    BEGIN
      EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', array_to_string(tables, ', '));
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      IF attempt = 10 THEN
        RAISE;
      END IF;
      PERFORM pg_sleep(0.15);  -- for those who queued behind
    END;
  END LOOP;
END
$$;
COMMENT ON FUNCTION take_tables(regclass[]) IS
  'All tables or none, until COMMIT, and never for long: who has one of them and waits for another would deadlock with who takes them one '
  'by one. What else this transaction waits for it gives up after 150 ms as well.';

REVOKE ALL ON FUNCTION take_tables(regclass[]) FROM PUBLIC;

COMMIT;
