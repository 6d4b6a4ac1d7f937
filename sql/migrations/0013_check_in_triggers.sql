-- 0013: round and quantity are held above 0 by the triggers that every row meets anyway, no longer by a CHECK of their own.
--
-- Forward only; kds migrate runs it in one transaction, together with values.sql, which holds them from then on. PostgreSQL parses
-- the text of a CHECK anew at every statement: these two cost a new order 21,000 instructions of 994,000. What is refused, and
-- with which words, stays.

ALTER TABLE kots DROP CONSTRAINT IF EXISTS kots_round_positive;
ALTER TABLE order_items DROP CONSTRAINT IF EXISTS order_items_quantity_positive;
COMMENT ON COLUMN kots.round IS
  '1 or more, see check_kot(); the next round of this station when left out. A sent KOT never gets more items: they are a new round.';
COMMENT ON COLUMN order_items.quantity IS
  'Whole portions, 1 or more, see check_item(). PostgreSQL rounds a part before any rule could refuse it, 1.5 to 2 and 0.4 to 0: '
  'write half a portion as a dish of its own.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (13, 'check_in_triggers', 1);
