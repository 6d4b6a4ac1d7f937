-- 0037: for how long the words of guests are kept, and how far forgetting them has come.
--
-- Forward only; kds migrate runs it in one transaction. A new column that is NULL rewrites nothing: everything is kept until a branch
-- says otherwise, kds branch set NAME --forget-after DAYS. The code before this version does not see it, and forgets nothing.

ALTER TABLE branches ADD COLUMN forget_after_days integer
  CONSTRAINT branches_forget_after_days_at_least_one CHECK (forget_after_days BETWEEN 1 AND 36500);
COMMENT ON COLUMN branches.forget_after_days IS
  'For how many days after that of its order the words of a guest are kept, names and notes: forgetting.sql. NULL: for good.';

CREATE TABLE forgetting (
  branch_id uuid CONSTRAINT forgetting_pkey PRIMARY KEY CONSTRAINT forgetting_branch_fkey REFERENCES branches (id) ON DELETE CASCADE,
  day date,
  number integer,
  begun_at timestamptz,
  xid xid8,
  orders uuid[]
);
COMMENT ON TABLE forgetting IS
  'How far forget_some() has come through the past orders of a branch, business day and order_number; it begins anew a week after begun_at. '
  'A row lives as long as its branch.';
COMMENT ON COLUMN forgetting.xid IS
  'The transaction that last took words of guests out, and of which orders that no board can hold: in it those are not announced.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (37, 'forget_guests', 1);
