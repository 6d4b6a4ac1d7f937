-- screens.sql: the rows of ws_connections, kept by each process for its own screens.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

-- Adds the screens that are new and renews the lease of those that are not, also of rows another process took for dead.
PREPARE keep_screens (text[], uuid[], uuid[], text, timestamptz[], timestamptz[], interval) AS
INSERT INTO ws_connections (connection_id, branch_id, staff_id, instance, connected_at, last_activity, lease_expires_at)
SELECT s.connection_id, s.branch_id, s.staff_id, $4, s.connected_at, s.last_activity, now() + $7
FROM unnest($1, $2, $3, $5, $6) AS s (connection_id, branch_id, staff_id, connected_at, last_activity)
JOIN branches AS b ON b.id = s.branch_id
ON CONFLICT (connection_id) DO UPDATE
  SET last_activity = excluded.last_activity, lease_expires_at = excluded.lease_expires_at;

PREPARE drop_screens (text[], text) AS
DELETE FROM ws_connections WHERE connection_id = ANY ($1) AND instance = $2;

PREPARE drop_expired_screens AS
DELETE FROM ws_connections WHERE lease_expires_at < now();
