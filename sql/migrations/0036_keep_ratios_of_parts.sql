-- 0036: a part remembers how many of it were meant for how many of its whole.
--
-- Forward only; kds migrate runs it in one transaction. A new column that is NULL rewrites nothing, and the code before this version
-- does not see it. What was rounded before stays as it is, and is what later changes start from.

ALTER TABLE order_items ADD COLUMN part_ratio integer[];
COMMENT ON COLUMN order_items.part_ratio IS
  'Of a part whose whole got another quantity: how many of it were meant for how many of the whole, and what it is now: {2,3,1}. Set by '
  'follow_whole(); NULL: as it stands. So a whole that is as before has parts as before, however they were rounded meanwhile.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (36, 'keep_ratios_of_parts', 1);
