-- 0012: where the numbers of a business day begin that was moved to while it went on.
--
-- Forward only; kds migrate runs it in one transaction. New columns without a default rewrite nothing, and the code
-- before this version does not see them: after a change of the day it begins at 1.

ALTER TABLE branches ADD COLUMN numbers_begin_on date;
ALTER TABLE branches ADD COLUMN numbers_begin_after integer
  CONSTRAINT branches_numbers_begin_after_fits CHECK (numbers_begin_after BETWEEN 0 AND 999999);
COMMENT ON COLUMN branches.numbers_begin_on IS
  'The business day that it became at once when timezone or day_starts_at were changed: its numbers go on. Set by move_day().';
COMMENT ON COLUMN branches.numbers_begin_after IS 'The last number that was called out before: that day begins after it. Set by move_day().';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (12, 'move_days', 1);
