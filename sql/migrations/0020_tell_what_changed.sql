-- 0020: what changed of a line or an order that the kitchen has is said beside it until a cook has seen it.
--
-- Forward only; kds migrate runs it in one transaction, with marks.sql and rewriting.sql, which write the columns from then on. They
-- are NULL and rewrite nothing. The code before this version shows the new state without a mark.

ALTER TABLE kots ADD COLUMN changed jsonb;
ALTER TABLE order_items ADD COLUMN changed jsonb;
COMMENT ON COLUMN kots.changed IS
  'Which table and note its order had before, until a cook of this KOT has seen it: {"at": ..., "table": "T4"}. Set by mark_changed_order().';
COMMENT ON COLUMN order_items.changed IS
  'What the line was before, until a cook has seen it: {"at": ..., "quantity": 1}, or {"at": ..., "added": true}. Set by mark_changed_line() '
  'and its like, see marks.sql; NULL takes it off.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (20, 'tell_what_changed', 1);
