-- 0019: dishes that are sold out for a while, or of which so many are left.
--
-- Forward only; kds migrate runs it in one transaction. New tables, and a unique key over the few rows of the menus. The code before
-- this version does not see them: what it places is counted by the triggers, and refused by nobody.

ALTER TABLE menu_items ADD CONSTRAINT menu_items_id_branch_name_key UNIQUE (id, branch_id, name);

CREATE TABLE dish_stock (
  menu_item_id uuid CONSTRAINT dish_stock_pkey PRIMARY KEY,
  branch_id uuid NOT NULL,
  name text NOT NULL,
  sold_out boolean NOT NULL DEFAULT false,
  remaining integer CONSTRAINT dish_stock_remaining_not_negative CHECK (remaining >= 0),
  oversold integer NOT NULL DEFAULT 0,
  back_at timestamptz CONSTRAINT dish_stock_back_at_is_a_time CHECK (back_at BETWEEN '0001-01-02 00:00:00+00' AND '9999-12-30 00:00:00+00'),
  CONSTRAINT dish_stock_dish_fkey FOREIGN KEY (menu_item_id, branch_id, name) REFERENCES menu_items (id, branch_id, name)
    ON UPDATE CASCADE ON DELETE CASCADE,
  CONSTRAINT dish_stock_says_something CHECK (sold_out OR remaining IS NOT NULL)
);
CREATE INDEX dish_stock_branch_idx ON dish_stock (branch_id, name);
CREATE INDEX dish_stock_back_at_idx ON dish_stock (back_at) WHERE back_at IS NOT NULL;
COMMENT ON TABLE dish_stock IS
  'Dishes that are sold out, or counted: the others have no row. Written by cooks, kds menu sold-out and SQL, taken down and given back by '
  'the triggers of stock.sql, told to order pages when a dish is sold out or back. A row lives until the dish is lifted, or back_at.';
COMMENT ON COLUMN dish_stock.name IS 'As on the menu: what a line without menu_item_id is found by.';
COMMENT ON COLUMN dish_stock.sold_out IS 'By hand, however many remain.';
COMMENT ON COLUMN dish_stock.remaining IS 'How many are left for guests; NULL: not counted.';
COMMENT ON COLUMN dish_stock.oversold IS 'What tills sold past 0, who are never refused. Set by settle_stock().';
COMMENT ON COLUMN dish_stock.back_at IS 'When it is as if there were no row, by the clock of the database; NULL: when somebody lifts it.';

ALTER TABLE branches ADD COLUMN counts_dishes boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN branches.counts_dishes IS
  'Whether a dish of it stands in dish_stock: orders of the other branches do not look. Set by the triggers of dish_stock.';

CREATE UNLOGGED TABLE stock_moves (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  branch_id uuid NOT NULL,
  dishes uuid[] NOT NULL,
  quantities integer[] NOT NULL
);
CREATE INDEX stock_moves_xid_idx ON stock_moves (xid);
COMMENT ON TABLE stock_moves IS
  'What a transaction has taken of counted dishes, or given back where negative. Written by triggers, and gone at its COMMIT, by '
  'settle_stock(): to all others it is empty. So it needs no log.';

ALTER TABLE kitchen_actions ALTER COLUMN order_id DROP NOT NULL;
ALTER TABLE kitchen_actions ADD COLUMN menu_item_id uuid;
COMMENT ON COLUMN kitchen_actions.menu_item_id IS 'The dish that was sold out, counted or brought back; then there is no order.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (19, 'count_dishes', 1);
