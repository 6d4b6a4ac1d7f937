-- 0010: the door of a branch: who sent an order, what guests may order, how much at once, and a pause.
--
-- Forward only; kds migrate runs it in one transaction. New columns that are NULL or constant rewrite nothing, and the code
-- before this version does not see them. Where tables are signed, guests without a table's link may order nothing from now on
-- unless public_order_types says what: until now takeaway and delivery needed none.

ALTER TABLE branches ADD COLUMN public_order_types order_type[]
  CONSTRAINT branches_public_order_types_are_some CHECK (
    coalesce(array_ndims(public_order_types), 1) = 1 AND array_position(public_order_types, NULL) IS NULL);
ALTER TABLE branches ADD COLUMN guest_orders_per_minute integer
  CONSTRAINT branches_guest_orders_per_minute_not_negative CHECK (guest_orders_per_minute >= 0);
ALTER TABLE branches ADD COLUMN guest_orders_open_max integer
  CONSTRAINT branches_guest_orders_open_max_not_negative CHECK (guest_orders_open_max >= 0);
ALTER TABLE branches ADD COLUMN ordering_paused boolean NOT NULL DEFAULT false;
ALTER TABLE branches ADD COLUMN ordering_paused_until timestamptz
  CONSTRAINT branches_ordering_paused_until_is_a_time CHECK (isfinite(ordering_paused_until));
COMMENT ON COLUMN branches.public_order_types IS
  'What guests may order. NULL: everything, but where tables are signed only with the link of a table.';
COMMENT ON COLUMN branches.guest_orders_per_minute IS
  'How many orders guests who prove no table may place in a minute, on each process. NULL: as the process says; 0: no limit.';
COMMENT ON COLUMN branches.guest_orders_open_max IS
  'How many orders of guests may be open before one who proves no table is refused. NULL: as the process says; 0: no limit.';
COMMENT ON COLUMN branches.ordering_paused IS 'Guests cannot order now; a till and SQL can.';
COMMENT ON COLUMN branches.ordering_paused_until IS 'When the pause ends by itself; NULL: when somebody opens again.';

ALTER TABLE orders ADD COLUMN source text;
COMMENT ON COLUMN orders.source IS 'Who sent the order: guest for the order page and the public API; NULL for plain SQL. A till may name itself.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (10, 'open_doors', 1);
