-- 0017: what an order knows: what its till calls it, who serves it, for how many, whether it is paid; lines that are parts of
-- others; and who did something, with which reason.
--
-- Forward only; kds migrate runs it in one transaction. New columns that are NULL or constant rewrite nothing, and the code
-- before this version does not see them: a row of kitchen_actions that it writes gets its actor by a trigger.

CREATE TYPE void_reason AS ENUM ('sold_out', 'mistake', 'guest_left', 'quality');
COMMENT ON TYPE void_reason IS 'Why something is taken back, or cooked again.';
CREATE TYPE actor_kind AS ENUM ('staff', 'device', 'guest', 'clock', 'sql', 'key');
COMMENT ON TYPE actor_kind IS
  'What did something: a member of staff, a screen, a guest, the service by itself, a statement in plain SQL, a till with its key.';

ALTER TABLE orders ADD COLUMN external_id text;
ALTER TABLE orders ADD COLUMN display_number text;
ALTER TABLE orders ADD COLUMN server_name text;
ALTER TABLE orders ADD COLUMN covers integer;
ALTER TABLE orders ADD COLUMN paid_at timestamptz;
ALTER TABLE orders ADD COLUMN check_id text;
ALTER TABLE orders ADD COLUMN cancel_reason void_reason;
COMMENT ON COLUMN orders.priority IS '0; 1: rush; 2 and more: VIP.';
COMMENT ON COLUMN orders.external_id IS
  'What its source calls it; unique per branch, source and business day, so that a till''s retry is ON CONFLICT DO NOTHING.';
COMMENT ON COLUMN orders.display_number IS 'What the till printed for the guest: boards show it in place of order_number.';
COMMENT ON COLUMN orders.server_name IS 'Whom a cook asks.';
COMMENT ON COLUMN orders.covers IS 'How many guests it is for.';
COMMENT ON COLUMN orders.paid_at IS 'When it was paid. NULL: not, or nobody says.';
COMMENT ON COLUMN orders.check_id IS
  'Orders of one check have one; a merge or split of checks is an UPDATE of this, rows never move.';
COMMENT ON COLUMN orders.cancel_reason IS 'Why it is CANCELLED; written with that status.';

ALTER TABLE order_items ADD COLUMN seat text;
ALTER TABLE order_items ADD COLUMN external_id text;
ALTER TABLE order_items ADD COLUMN part_of uuid;
ALTER TABLE order_items ADD COLUMN refire boolean NOT NULL DEFAULT false;
ALTER TABLE order_items ADD COLUMN void_reason void_reason;
COMMENT ON COLUMN order_items.seat IS 'For which guest of the table: S1.';
COMMENT ON COLUMN order_items.external_id IS 'What the till calls this line.';
COMMENT ON COLUMN order_items.part_of IS
  'The id of the line of the same order that it is a part of: a dish of a combo, or the same dish at a second station. A part has no '
  'price, counts in no sum, and its guest sees the whole alone; a void, a quantity and a delete of the whole are its own too. See parts.sql.';
COMMENT ON COLUMN order_items.refire IS 'The line that it is a part of, cooked once more, on top. Written by refire_item().';
COMMENT ON COLUMN order_items.void_reason IS 'Why it is voided; written with voided.';

ALTER TABLE kitchen_actions ADD COLUMN actor_kind actor_kind;
ALTER TABLE kitchen_actions ADD COLUMN actor_id uuid;
ALTER TABLE kitchen_actions ADD COLUMN actor_name text;
ALTER TABLE kitchen_actions ADD COLUMN reason void_reason;
COMMENT ON TABLE kitchen_actions IS
  'Who did what to an order after it was sent, when, from what to what: written by the service with the change itself, by the triggers '
  'of actors.sql for plain SQL; kept for 90 days. No foreign keys: it outlives orders and staff.';
COMMENT ON COLUMN kitchen_actions.actor_kind IS
  'What did it; sql is a statement that was not the service''s. NULL before version 17: a member of staff.';
COMMENT ON COLUMN kitchen_actions.actor_id IS 'Which of them, where that kind has ids. Set by name_actor().';
COMMENT ON COLUMN kitchen_actions.actor_name IS 'As they were called then; of sql the role. Set by name_actor().';
COMMENT ON COLUMN kitchen_actions.reason IS 'Why something was voided, cancelled or cooked again, where that was said.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (17, 'know_orders', 1);
