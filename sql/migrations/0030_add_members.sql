-- 0030: ranks of staff, and in which branches a member works as what.
--
-- Forward only; kds migrate runs it in one transaction, with members.sql, which keeps staff and staff_members in line from then on: the
-- code before this version writes and reads staff alone. Each member works in the branch and role of before.

ALTER TYPE staff_role ADD VALUE 'OWNER';
ALTER TYPE staff_role ADD VALUE 'WAITER';
COMMENT ON TYPE staff_role IS
  'What a login may do in a branch: cook at a board, manage it, show the pickup board, own it, serve. staff_rank() says who is above whom.';

COMMENT ON COLUMN staff.branch_id IS 'Where a request goes that names no branch; its other branches stand in staff_members.';
COMMENT ON COLUMN staff.role IS 'In that branch.';

CREATE TABLE staff_members (
  branch_id uuid NOT NULL CONSTRAINT staff_members_branch_fkey REFERENCES branches (id) ON DELETE CASCADE,
  staff_id uuid NOT NULL,
  role staff_role NOT NULL,
  CONSTRAINT staff_members_pkey PRIMARY KEY (staff_id, branch_id)
);
CREATE INDEX staff_members_branch_idx ON staff_members (branch_id);
COMMENT ON TABLE staff_members IS
  'Who works in which branch as what, the branch of staff included, see members.sql. A change ends the logins of the member. No foreign '
  'key to staff, or nobody could TRUNCATE that; a row goes with its member.';

INSERT INTO staff_members (branch_id, staff_id, role) SELECT s.branch_id, s.id, s.role FROM staff AS s;

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (30, 'add_members', 1);
