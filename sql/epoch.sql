-- epoch.sql: which history a revision belongs to.
--
-- Step 3 of the story: a mark of before a restore or a promotion means nothing after it, so every relay asks when it connects.
-- By hand: after refiring.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION epoch() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT left(md5(concat_ws(':',
    (SELECT c.system_identifier FROM pg_control_system() AS c),
    -- the timeline of what is written now; the control file still shows the old one after a promotion
    left(pg_walfile_name(pg_current_wal_lsn()), 8),
    (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()),
    'public.events'::regclass::oid,
    (SELECT p.nonce FROM deployment AS p))), 16)
$$;
COMMENT ON FUNCTION epoch() IS
  'Changes when this is no longer the history a screen has seen: another server, a promoted standby, a restored dump, a new events table.';

CREATE OR REPLACE FUNCTION adopt_epoch() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  present text := epoch();
BEGIN
  IF (SELECT d.events_epoch FROM deployment AS d) IS NOT DISTINCT FROM present THEN
    RETURN present;
  END IF;
  IF (SELECT d.events_epoch FROM deployment AS d FOR UPDATE) IS NOT DISTINCT FROM present THEN
    RETURN present;  -- another process was faster
  END IF;
  -- The xids of old events mean nothing here, and no screen of this epoch has seen them.
  WITH old AS (DELETE FROM events RETURNING branch_id, revision)
  INSERT INTO event_floors AS f (branch_id, revision, at)
  SELECT branch_id, max(revision), clock_timestamp() FROM old GROUP BY branch_id
  ON CONFLICT (branch_id) DO UPDATE SET revision = greatest(f.revision, excluded.revision), at = excluded.at;
  IF (SELECT max(revision) FROM event_floors) > (SELECT last_value FROM event_revision) THEN
    PERFORM setval('event_revision', (SELECT max(revision) FROM event_floors));
  END IF;
  UPDATE deployment SET events_epoch = present;
  RETURN present;
END
$$;
COMMENT ON FUNCTION adopt_epoch() IS
  'The present epoch; on a restored or promoted database it first drops the events of the old one. Every relay calls it when it connects.';

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION adopt_epoch() FROM PUBLIC;

COMMIT;
