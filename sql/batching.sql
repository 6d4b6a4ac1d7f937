-- batching.sql: which relay polls events for all, so that writers need not NOTIFY; see kds/relay/batching.py.
--
-- By hand: after forgetting.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION take_batching_lead(instance text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF current_setting('kds.notify', true) = 'always' OR NOT pg_try_advisory_lock(493269102, 0) THEN
    RETURN false;
  END IF;
  PERFORM beat_batching(instance, 'entering');
  RETURN true;
END
$$;
COMMENT ON FUNCTION take_batching_lead(text) IS
  'Makes this connection the batching leader for as long as it lives; false when there is one, or when kds.notify = ''always'' forbids it.';

CREATE OR REPLACE FUNCTION beat_batching(instance text, new_state text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  old_state text;
BEGIN
  SELECT b.state INTO old_state FROM batching AS b;
  UPDATE batching SET state = new_state, heartbeat_at = clock_timestamp(),
    leader = CASE WHEN new_state <> 'idle' THEN instance END,
    leader_pid = CASE WHEN new_state <> 'idle' THEN pg_backend_pid() END;
  IF old_state <> new_state THEN
    INSERT INTO batching_flips (leader, state) VALUES (instance, new_state);
    DELETE FROM batching_flips WHERE flip <= (SELECT max(f.flip) - 100 FROM batching_flips AS f);
  END IF;
END
$$;
COMMENT ON FUNCTION beat_batching(text, text) IS 'The leader shows that it lives, and in which state; every change of it is kept as a flip.';

CREATE OR REPLACE FUNCTION end_stale_leader(silent_for interval) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  stale integer;
BEGIN
  IF NOT EXISTS (SELECT FROM batching AS b WHERE b.state <> 'idle' AND b.heartbeat_at < clock_timestamp() - silent_for) THEN
    RETURN NULL;
  END IF;
  -- The one that showed itself last, and still has the lock. pg_stat_activity would tell an owner that is no superuser nothing of it.
  SELECT l.pid INTO stale FROM pg_locks AS l
  WHERE l.locktype = 'advisory' AND l.classid = 493269102 AND l.objid = 0 AND l.granted
    AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
    AND l.pid = (SELECT b.leader_pid FROM batching AS b);
  IF stale IS NULL THEN
    -- dead already, and its locks with it
    PERFORM beat_batching('nobody', 'idle');
    RETURN NULL;
  END IF;
  PERFORM pg_terminate_backend(stale);
  RETURN stale;
EXCEPTION WHEN insufficient_privilege THEN
  -- The gate stays shut and the sweeps go on; an error would break the link of whoever sweeps, each time.
  RAISE WARNING USING
    MESSAGE = format('%s may not end the batching leader, pid %s, which has been silent for %s', current_user, stale, silent_for),
    HINT = format('As a superuser: SELECT pg_terminate_backend(%s)', stale);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION end_stale_leader(interval) IS
  'Ends a batching leader that has not shown itself for so long: a frozen process keeps its locks, and writers would stay silent. '
  'Every relay calls it with its sweep, and as itself: a leader of its own role it may end, the owner of this function might not.';

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION take_batching_lead(text), beat_batching(text, text), end_stale_leader(interval) FROM PUBLIC;

COMMIT;
