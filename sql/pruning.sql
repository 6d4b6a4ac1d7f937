-- pruning.sql: how old events go. Who is behind the last one that went starts from a snapshot, see event_floors.
--
-- By hand: after epoch.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION prune_events(older_than interval, at_most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  pruned bigint;
BEGIN
  WITH oldest AS (
    SELECT e.branch_id, e.revision, e.created_at FROM events AS e ORDER BY e.xid LIMIT at_most
  ), last_aged AS (
    SELECT DISTINCT ON (o.branch_id) o.branch_id, o.revision, o.created_at FROM oldest AS o
    WHERE o.created_at < clock_timestamp() - older_than ORDER BY o.branch_id, o.revision DESC
  ), floors AS (
    INSERT INTO event_floors AS f (branch_id, revision, at)
    SELECT l.branch_id, l.revision, l.created_at FROM last_aged AS l ORDER BY l.branch_id
    ON CONFLICT (branch_id) DO UPDATE SET revision = excluded.revision, at = excluded.at
      WHERE f.revision < excluded.revision
  ), gone AS (
    DELETE FROM events AS e USING last_aged AS l WHERE e.branch_id = l.branch_id AND e.revision <= l.revision
    RETURNING 1
  )
  SELECT count(*) INTO pruned FROM gone;
  RETURN pruned;
END
$$;
COMMENT ON FUNCTION prune_events(interval, integer) IS
  'Deletes old events as a prefix of each branch and stores the floor, about at_most at a time; how many went.';

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION prune_events(interval, integer) FROM PUBLIC;

COMMIT;
