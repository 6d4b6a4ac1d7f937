-- staff.sql: logins and revocations.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_staff_by_name (text) AS
SELECT s.id, s.branch_id, s.password_hash, s.role::text AS role, s.active FROM staff AS s WHERE s.username = $1;

PREPARE read_staff (uuid) AS
SELECT s.id, s.branch_id, s.role::text AS role, s.active FROM staff AS s WHERE s.id = $1;

-- Revocations that can still meet a token of a lifetime of $1.
PREPARE read_revocations (interval) AS
SELECT r.staff_id, r.revoked_at FROM revocations AS r WHERE r.revoked_at > now() - $1;
