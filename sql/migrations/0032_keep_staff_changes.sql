-- 0032: what managers change of staff is kept: who, of whom, from what to what.
--
-- Forward only; kds migrate runs it in one transaction, with managing.sql, whose functions write it.

CREATE TABLE staff_changes (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT staff_changes_pkey PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  branch_id uuid NOT NULL,
  staff_id uuid,
  username text,
  action text NOT NULL,
  was text NOT NULL,
  became text NOT NULL,
  actor_kind actor_kind NOT NULL DEFAULT 'staff',
  actor_id uuid,
  actor_name text
);
CREATE INDEX staff_changes_branch_idx ON staff_changes (branch_id, id);
COMMENT ON TABLE staff_changes IS
  'What managers changed of staff and branches, written by change_staff(), add_staff() and add_branch() with the change itself; it stays. '
  'No foreign keys: it outlives staff.';
COMMENT ON COLUMN staff_changes.username IS 'Of whom, as they were called then; NULL: it was the branch. So is actor_name.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (32, 'keep_staff_changes', 1);
