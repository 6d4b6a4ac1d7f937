-- 0011: the code of a table can be made anew, and each guest who joins an order has a link for what they ordered.
--
-- Forward only; kds migrate runs it in one transaction. A new column that is NULL rewrites nothing; the code before this
-- version does not see it, and goes on taking every code that it can sign.

CREATE TABLE table_codes (
  branch_id uuid NOT NULL CONSTRAINT table_codes_branch_fkey REFERENCES branches (id) ON DELETE CASCADE,
  table_label text NOT NULL,
  generation bigint NOT NULL CONSTRAINT table_codes_generation_positive CHECK (generation > 0),
  renewed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT table_codes_pkey PRIMARY KEY (branch_id, table_label)
);
COMMENT ON TABLE table_codes IS
  'Tables whose printed code was renewed: links of a lower generation are refused. A table without a row has generation 0, which codes '
  'made before version 11 have too. Written by kds table renew and the table sheet, told to nobody: whoever orders is compared with it '
  'by the read that each order makes. A row lives as long as its branch.';
COMMENT ON COLUMN table_codes.table_label IS 'As in orders. Empty: all tables of the branch were renewed.';
COMMENT ON COLUMN table_codes.generation IS
  'The second it was renewed, or one more than it was, so that no code that was ever replaced comes back, also after a restore.';

ALTER TABLE kots ADD COLUMN round_id uuid;
COMMENT ON COLUMN kots.round_id IS
  'Whose round it is, where a guest joined the open order of the table: only the tracking link of that round shows and cancels it. '
  'NULL: it belongs to the order''s own link. Written once, by place_guest_round().';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (11, 'renew_table_codes', 1);
