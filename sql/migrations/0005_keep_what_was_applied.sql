-- 0005: what kds migrate did last, who may serve on after a migration, and which branches number orders themselves.
--
-- Forward only; kds migrate runs it in one transaction. New columns without a default rewrite nothing, and the code
-- before this version does not see them.

ALTER TABLE deployment ADD COLUMN applied text;
COMMENT ON COLUMN deployment.applied IS
  'Digest of the files that kds migrate applied last and of what they made; while both stay so, it has nothing to do.';

ALTER TABLE schema_migrations ADD COLUMN oldest_code integer;
COMMENT ON COLUMN schema_migrations.oldest_code IS
  'Code that knows at least this version serves on after the migration, and its kds migrate leaves the database as it is. '
  'NULL: not declared.';

ALTER TABLE branches ADD COLUMN numbers_given_on date;
COMMENT ON COLUMN branches.numbers_given_on IS
  'The last business day for which a writer chose an order_number itself: for a week number_order() then looks whether the number it '
  'drew is taken. Set by number_order().';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (5, 'keep_what_was_applied', 1);
