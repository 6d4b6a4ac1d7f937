-- 0002: how a branch serves its guests: rounds at a table, names on the pickup board.
--
-- Forward only; kds migrate runs it in one transaction. New columns with constant defaults rewrite nothing, and the code
-- before this version does not see them.

ALTER TABLE branches ADD COLUMN adds_rounds boolean NOT NULL DEFAULT false;
ALTER TABLE branches ADD COLUMN pickup_names boolean NOT NULL DEFAULT false;
ALTER TABLE branches
  ADD CONSTRAINT branches_rounds_need_signed_tables CHECK (requires_table_token OR NOT adds_rounds);
COMMENT ON COLUMN branches.adds_rounds IS
  'true: what is ordered at a table with an open order becomes a new round of it; false: an order of its own. Who joins an order '
  'also sees it, so the table must be proved by its signed link.';
COMMENT ON COLUMN branches.pickup_names IS 'Whether the pickup board shows first names beside the order numbers.';

INSERT INTO schema_migrations (version, name) VALUES (2, 'extend_branches');
