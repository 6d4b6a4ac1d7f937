-- schema.sql: the present truth of the database, types, tables, constraints, indexes, on one page, so that it is read and compared whole.
--
-- Step 0 of the story: where an order lives. numbers.sql and rules.sql (step 1), remember.sql, announce.sql and triggers.sql (step 2)
-- watch these tables, views.sql explains them.
-- By hand, on an empty database, psql -f: schema.sql, taking.sql, checks.sql, values.sql, parts.sql, restaurant.sql, days.sql, numbers.sql,
-- rules.sql, actors.sql, dishes.sql, stock.sql, firing.sql, later.sql, clock.sql, marks.sql, rewriting.sql, sums.sql, staff.sql, members.sql, managing.sql, remember.sql,
-- announce.sql, triggers.sql, objects.sql, rounds.sql, placing.sql, cancelling.sql, voids.sql, refiring.sql, epoch.sql, pruning.sql, forgetting.sql,
-- batching.sql, menu.sql, views.sql, rights.sql. `kds migrate` does the same.
-- Not safe to re-run: an existing database moves forward through migrations/.

CREATE TYPE kitchen_status AS ENUM ('SENT', 'READY', 'COMPLETED', 'CANCELLED');
COMMENT ON TYPE kitchen_status IS
  'State of an order or a KOT. The order of the values is the roll-up: an order has the least status of its KOTs, '
  'and is CANCELLED only when all of them are.';

CREATE TYPE order_type AS ENUM ('dine_in', 'takeaway', 'delivery');
COMMENT ON TYPE order_type IS 'How the customer gets the food.';

CREATE TYPE staff_role AS ENUM ('KITCHEN', 'MANAGER', 'PICKUP', 'OWNER', 'WAITER');
COMMENT ON TYPE staff_role IS
  'What a login may do in a branch: cook at a board, manage it, show the pickup board, own it, serve. staff_rank() says who is above whom.';

CREATE TYPE event_kind AS ENUM ('NEW_ORDER', 'ORDER_UPDATED', 'ORDER_REMOVED', 'RESYNC');
COMMENT ON TYPE event_kind IS 'What an event says of an order; RESYNC says: read the whole branch anew.';

CREATE TYPE void_reason AS ENUM ('sold_out', 'mistake', 'guest_left', 'quality');
COMMENT ON TYPE void_reason IS 'Why something is taken back, or cooked again.';

CREATE TYPE actor_kind AS ENUM ('staff', 'device', 'guest', 'clock', 'sql', 'key');
COMMENT ON TYPE actor_kind IS
  'What did something: a member of staff, a screen, a guest, the service by itself, a statement in plain SQL, a till with its key.';

CREATE TYPE kot_wait AS ENUM ('HAND', 'TIME', 'COURSE', 'PAYMENT', 'TOGETHER');
COMMENT ON TYPE kot_wait IS
  'Why a KOT is not cooked yet: until a cook fires it; until fire_at; until the course before it is through; until the order is paid; '
  'until fire_at, so that all of the order is ready at once.';

CREATE TYPE course_firing AS ENUM ('HAND', 'READY', 'MINUTES');
COMMENT ON TYPE course_firing IS
  'What fires the next course of an order: a cook; that the one before is READY; so many minutes since the one before was fired.';

-- The restaurant ------------------------------------------------------------------------------------------------------

CREATE TABLE branches (
  id uuid CONSTRAINT branches_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL CONSTRAINT branches_name_not_empty CHECK (name <> ''),
  locality text NOT NULL DEFAULT '',
  timezone text NOT NULL DEFAULT 'UTC'
    CONSTRAINT branches_timezone_known CHECK ((timestamptz '2000-01-01' AT TIME ZONE timezone) IS NOT NULL),
  day_starts_at time NOT NULL DEFAULT '04:00' CONSTRAINT branches_day_starts_within_it CHECK (day_starts_at < '24:00'),
  currency text NOT NULL DEFAULT 'EUR' CONSTRAINT branches_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
  requires_table_token boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  adds_rounds boolean NOT NULL DEFAULT false,
  pickup_names boolean NOT NULL DEFAULT false,
  numbers_given_on date,
  public_order_types order_type[]
    CONSTRAINT branches_public_order_types_are_some CHECK (
      coalesce(array_ndims(public_order_types), 1) = 1 AND array_position(public_order_types, NULL) IS NULL),
  guest_orders_per_minute integer CONSTRAINT branches_guest_orders_per_minute_not_negative CHECK (guest_orders_per_minute >= 0),
  guest_orders_open_max integer CONSTRAINT branches_guest_orders_open_max_not_negative CHECK (guest_orders_open_max >= 0),
  ordering_paused boolean NOT NULL DEFAULT false,
  ordering_paused_until timestamptz
    CONSTRAINT branches_ordering_paused_until_is_a_time CHECK (isfinite(ordering_paused_until)),
  numbers_begin_on date,
  numbers_begin_after integer CONSTRAINT branches_numbers_begin_after_fits CHECK (numbers_begin_after BETWEEN 0 AND 999999),
  counts_dishes boolean NOT NULL DEFAULT false,
  courses_fire course_firing NOT NULL DEFAULT 'HAND',
  course_minutes integer NOT NULL DEFAULT 15
    CONSTRAINT branches_course_minutes_within_a_meal CHECK (course_minutes BETWEEN 1 AND 240),
  forget_after_days integer CONSTRAINT branches_forget_after_days_at_least_one CHECK (forget_after_days BETWEEN 1 AND 36500),
  CONSTRAINT branches_rounds_need_signed_tables CHECK (requires_table_token OR NOT adds_rounds)
);
COMMENT ON TABLE branches IS 'One restaurant with one kitchen. INSERT INTO branches (name) is enough.';
COMMENT ON COLUMN branches.day_starts_at IS 'When the business day, and with it the order numbers, starts anew.';
COMMENT ON COLUMN branches.requires_table_token IS 'Whether an order at a table needs the signed table link.';
COMMENT ON COLUMN branches.adds_rounds IS
  'true: what is ordered at a table with an open order becomes a new round of it; false: an order of its own. Who joins an order '
  'also sees it, so the table must be proved by its signed link.';
COMMENT ON COLUMN branches.pickup_names IS 'Whether the pickup board shows first names beside the order numbers.';
COMMENT ON COLUMN branches.numbers_given_on IS
  'The last business day for which a writer chose an order_number itself: for a week number_order() then looks whether the number it '
  'drew is taken. Set by number_order().';
COMMENT ON COLUMN branches.public_order_types IS
  'What guests may order. NULL: everything, but where tables are signed only with the link of a table.';
COMMENT ON COLUMN branches.guest_orders_per_minute IS
  'How many orders guests who prove no table may place in a minute, on each process. NULL: as the process says; 0: no limit.';
COMMENT ON COLUMN branches.guest_orders_open_max IS
  'How many orders of guests may be open before one who proves no table is refused. NULL: as the process says; 0: no limit.';
COMMENT ON COLUMN branches.ordering_paused IS 'Guests cannot order now; a till and SQL can.';
COMMENT ON COLUMN branches.ordering_paused_until IS 'When the pause ends by itself; NULL: when somebody opens again.';
COMMENT ON COLUMN branches.numbers_begin_on IS
  'The business day that it became at once when timezone or day_starts_at were changed: its numbers go on. Set by move_day().';
COMMENT ON COLUMN branches.numbers_begin_after IS 'The last number that was called out before: that day begins after it. Set by move_day().';
COMMENT ON COLUMN branches.counts_dishes IS
  'Whether a dish of it stands in dish_stock: orders of the other branches do not look. Set by the triggers of dish_stock.';
COMMENT ON COLUMN branches.courses_fire IS 'What fires the next course of an order. By hand any course can be fired at any time.';
COMMENT ON COLUMN branches.course_minutes IS 'For MINUTES: how long after the course before.';
COMMENT ON COLUMN branches.forget_after_days IS
  'For how many days after that of its order the words of a guest are kept, names and notes: forgetting.sql. NULL: for good.';

CREATE TABLE stations (
  branch_id uuid NOT NULL CONSTRAINT stations_branch_fkey REFERENCES branches (id) ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT stations_name_not_empty CHECK (name <> ''),
  position integer NOT NULL DEFAULT 0,
  CONSTRAINT stations_pkey PRIMARY KEY (branch_id, name)
);
COMMENT ON TABLE stations IS 'A place in the kitchen with a screen of its own, such as Grill.';

CREATE TABLE age_thresholds (
  branch_id uuid NOT NULL CONSTRAINT age_thresholds_branch_fkey REFERENCES branches (id) ON DELETE CASCADE,
  order_type order_type NOT NULL,
  due_s integer NOT NULL DEFAULT 300 CONSTRAINT age_thresholds_due_positive CHECK (due_s > 0),
  late_s integer NOT NULL DEFAULT 600,
  CONSTRAINT age_thresholds_late_after_due CHECK (late_s > due_s),
  CONSTRAINT age_thresholds_pkey PRIMARY KEY (branch_id, order_type)
);
COMMENT ON TABLE age_thresholds IS 'After how many seconds a ticket is DUE and LATE; without a row 300 and 600.';

CREATE TABLE staff (
  id uuid CONSTRAINT staff_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  branch_id uuid NOT NULL CONSTRAINT staff_branch_fkey REFERENCES branches (id),
  username text NOT NULL CONSTRAINT staff_username_key UNIQUE CONSTRAINT staff_username_not_empty CHECK (username <> ''),
  password_hash text NOT NULL,
  role staff_role NOT NULL DEFAULT 'KITCHEN',
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  generation bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
);
COMMENT ON TABLE staff IS 'Who may log in. Setting active to false closes the open screens of the member on every process.';
COMMENT ON COLUMN staff.branch_id IS 'Where a request goes that names no branch; its other branches stand in staff_members.';
COMMENT ON COLUMN staff.role IS 'In that branch.';
COMMENT ON COLUMN staff.password_hash IS 'argon2id, in its own encoding.';
COMMENT ON COLUMN staff.generation IS
  'Raised by a trigger when role, branch, password or active change, or by whoever writes it; tokens of a lower one are refused.';

CREATE TABLE staff_members (
  branch_id uuid NOT NULL CONSTRAINT staff_members_branch_fkey REFERENCES branches (id) ON DELETE CASCADE,
  staff_id uuid NOT NULL,
  role staff_role NOT NULL,
  CONSTRAINT staff_members_pkey PRIMARY KEY (staff_id, branch_id)
);
CREATE INDEX staff_members_branch_idx ON staff_members (branch_id);
COMMENT ON TABLE staff_members IS
  'Who works in which branch as what, the branch of staff included, see members.sql. A change ends the logins of the member. No foreign '
  'key to staff, or nobody could TRUNCATE that; a row goes with its member.';

CREATE TABLE staff_links (
  staff_id uuid CONSTRAINT staff_links_pkey PRIMARY KEY,
  token_hash bytea NOT NULL CONSTRAINT staff_links_token_key UNIQUE,
  generation bigint NOT NULL,
  expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '1 hour'
);
COMMENT ON TABLE staff_links IS
  'By which link a member may set a password: the SHA-256 of its token. Over with the generation of the member that it was made in, so '
  'also once it was used; a row goes when its hour is over. Written by kds staff and the service. No foreign key, as in staff_members.';

CREATE TABLE staff_changes (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT staff_changes_pkey PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  branch_id uuid NOT NULL,
  staff_id uuid,
  username text,
  action text NOT NULL,
  was text NOT NULL,
  became text NOT NULL,
  actor_kind actor_kind NOT NULL DEFAULT 'staff',
  actor_id uuid,
  actor_name text
);
CREATE INDEX staff_changes_branch_idx ON staff_changes (branch_id, id);
COMMENT ON TABLE staff_changes IS
  'What managers changed of staff and branches, written by change_staff(), add_staff() and add_branch() with the change itself; it stays. '
  'No foreign keys: it outlives staff.';
COMMENT ON COLUMN staff_changes.username IS 'Of whom, as they were called then; NULL: it was the branch. So is actor_name.';

CREATE TABLE revocations (
  staff_id uuid CONSTRAINT revocations_pkey PRIMARY KEY,
  revoked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  generation bigint NOT NULL DEFAULT 0,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX revocations_xid_idx ON revocations (xid);
COMMENT ON TABLE revocations IS
  'Tokens of this member of a lower generation are refused. Written by the triggers on staff, told on kds_control, read by every process '
  'at least once a second; a row goes after 32 days, when no such token lives. No foreign key, for it outlives the member.';
COMMENT ON COLUMN revocations.revoked_at IS 'For tokens that say no generation, issued before version 9: refused when they are older.';
COMMENT ON COLUMN revocations.xid IS 'Which transaction wrote the row: processes read what committed since the snapshot of their last read.';

CREATE TABLE staff_sessions (
  session_id uuid CONSTRAINT staff_sessions_pkey PRIMARY KEY,
  staff_id uuid NOT NULL,
  turn integer NOT NULL DEFAULT 0 CONSTRAINT staff_sessions_turn_not_negative CHECK (turn >= 0),
  ended boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '32 days',
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX staff_sessions_xid_idx ON staff_sessions (xid);
CREATE INDEX staff_sessions_expires_idx ON staff_sessions (expires_at);
COMMENT ON TABLE staff_sessions IS
  'Logins that were renewed or signed out, from POST /staff/login to there; a login that was neither has no row. Written by the service, '
  'told on kds_control when one ends, read by every process at least once a second; a row goes when none of its tokens can live.';
COMMENT ON COLUMN staff_sessions.turn IS 'How often it was renewed, as far as the new token was used: tokens of an earlier turn are over.';
COMMENT ON COLUMN staff_sessions.ended IS 'Signed out: none of its tokens is taken any more, and its screens close.';

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

CREATE TABLE menu_items (
  id uuid CONSTRAINT menu_items_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  branch_id uuid NOT NULL CONSTRAINT menu_items_branch_fkey REFERENCES branches (id),
  name text NOT NULL CONSTRAINT menu_items_name_not_empty CHECK (name <> ''),
  description text NOT NULL DEFAULT '',
  section text NOT NULL DEFAULT '',
  station text,
  price_cents integer NOT NULL CONSTRAINT menu_items_price_not_negative CHECK (price_cents >= 0),
  available boolean NOT NULL DEFAULT true,
  allergens text[] NOT NULL DEFAULT '{}',
  modifiers jsonb NOT NULL DEFAULT '[]' CONSTRAINT menu_items_modifiers_is_array CHECK (jsonb_typeof(modifiers) = 'array'),
  position integer NOT NULL DEFAULT 0,
  prep_s integer CONSTRAINT menu_items_prep_within_two_hours CHECK (prep_s BETWEEN 0 AND 7200),
  course integer CONSTRAINT menu_items_course_small CHECK (course BETWEEN 1 AND 99),
  CONSTRAINT menu_items_station_fkey FOREIGN KEY (branch_id, station) REFERENCES stations (branch_id, name) ON UPDATE CASCADE,
  CONSTRAINT menu_items_texts_fit_a_page CHECK (char_length(name) <= 500 AND char_length(section) <= 500
    AND char_length(description) <= 5000),
  CONSTRAINT menu_items_allergens_are_texts CHECK (CASE
    WHEN array_ndims(allergens) > 1 THEN false
    ELSE array_position(allergens, NULL) IS NULL AND cardinality(allergens) <= 100
      AND char_length(array_to_string(allergens, '')) <= 2000 END),
  CONSTRAINT menu_items_modifiers_are_choices CHECK (NOT jsonb_path_exists(modifiers, 'strict $[*] ? (@.type() != "object")', '{}', true)
    AND NOT jsonb_path_exists(modifiers, 'lax $[*] ? (!(@.name.type() == "string" && @.name like_regex "^.{1,100}$" flag "s"
      && (!exists(@.priceCents) || @.priceCents.type() == "number" && @.priceCents >= -2147483647 && @.priceCents <= 2147483647)))')
    AND NOT jsonb_path_exists(modifiers, 'lax $[*].* ? (@.type() == "object" || @.type() == "array")')
    AND NOT jsonb_path_exists(modifiers, 'lax $[100]')
    AND modifiers::text !~ '"priceCents": -?\d+\.' AND octet_length(modifiers::text) <= 50000),
  CONSTRAINT menu_items_id_branch_name_key UNIQUE (id, branch_id, name)
);
CREATE INDEX menu_items_branch_idx ON menu_items (branch_id, position);
COMMENT ON TABLE menu_items IS 'A dish on the menu. Name and price are copied into order_items when it is ordered.';
COMMENT ON COLUMN menu_items.prep_s IS 'How many seconds it takes to cook at least; an order for later is fired so long before. NULL: as the kitchen is measured.';
COMMENT ON COLUMN menu_items.course IS 'In which course guests at a table get it: 1, 2, 3 ...; NULL: with the first.';
COMMENT ON COLUMN menu_items.available IS 'false is 86: sold out.';
COMMENT ON COLUMN menu_items.modifiers IS
  'What may be asked for: [{"name": "ADD chilli oil", "priceCents": 100}, ...], at most 100 with names of 1 to 100 characters and whole '
  'numbers; without priceCents it costs nothing. All that are cheaper together never bring the dish below 0: check_dish().';

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

-- Orders: a contract with POS programs; whatever can have a default has one -------------------------------------------

CREATE TABLE orders (
  id uuid CONSTRAINT orders_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  branch_id uuid NOT NULL CONSTRAINT orders_branch_fkey REFERENCES branches (id),
  order_number integer NOT NULL,
  business_day date NOT NULL,
  table_label text NOT NULL DEFAULT '',
  order_type order_type NOT NULL DEFAULT 'dine_in',
  customer_name text,
  note text,
  priority integer NOT NULL DEFAULT 0,
  status kitchen_status NOT NULL DEFAULT 'SENT',
  acknowledged boolean NOT NULL DEFAULT false,
  total_cents integer,
  placed_at timestamptz NOT NULL DEFAULT now(),
  ready_at timestamptz,
  completed_at timestamptz,
  cancelled_at timestamptz,
  source text,
  external_id text,
  display_number text,
  server_name text,
  covers integer,
  paid_at timestamptz,
  check_id text,
  cancel_reason void_reason,
  due_at timestamptz,
  lead_s integer,
  CONSTRAINT orders_number_key UNIQUE (branch_id, business_day, order_number)
);
CREATE UNIQUE INDEX orders_external_key ON orders (branch_id, source, business_day, external_id) NULLS NOT DISTINCT
  WHERE external_id IS NOT NULL;
CREATE INDEX orders_shown_idx ON orders (branch_id, placed_at) WHERE status IN ('SENT', 'READY') OR status = 'CANCELLED' AND NOT acknowledged;
CREATE INDEX orders_over_idx ON orders (branch_id, completed_at DESC, cancelled_at DESC)
  WHERE completed_at IS NOT NULL OR cancelled_at IS NOT NULL;
CREATE INDEX orders_near_idx ON orders (status, due_at) WHERE due_at IS NOT NULL AND lead_s IS NULL;
COMMENT ON TABLE orders IS
  'One order of a customer. INSERT INTO orders (branch_id, table_label) is enough. Its status and that of its KOTs follow each other.';
COMMENT ON COLUMN orders.order_number IS 'What is called out: short, unique per branch and business day, gaps are normal. Set by number_order().';
COMMENT ON COLUMN orders.business_day IS 'The day the number belongs to, in the time zone of the branch. Set by number_order().';
COMMENT ON COLUMN orders.priority IS '0; 1: rush; 2 and more: VIP.';
COMMENT ON COLUMN orders.acknowledged IS 'The kitchen has seen that the order is CANCELLED.';
COMMENT ON COLUMN orders.total_cents IS
  'NULL: the sum of its items that are not voided, made in bigint; so also when that is more than an integer holds.';
COMMENT ON COLUMN orders.source IS 'Who sent the order: guest for the order page and the public API; NULL for plain SQL. A till may name itself.';
COMMENT ON COLUMN orders.external_id IS
  'What its source calls it; unique per branch, source and business day, so that a till''s retry is ON CONFLICT DO NOTHING.';
COMMENT ON COLUMN orders.display_number IS 'What the till printed for the guest: boards show it in place of order_number.';
COMMENT ON COLUMN orders.server_name IS 'Whom a cook asks.';
COMMENT ON COLUMN orders.covers IS 'How many guests it is for.';
COMMENT ON COLUMN orders.paid_at IS 'When it was paid. NULL: not, or nobody says.';
COMMENT ON COLUMN orders.check_id IS
  'Orders of one check have one; a merge or split of checks is an UPDATE of this, rows never move.';
COMMENT ON COLUMN orders.cancel_reason IS 'Why it is CANCELLED; written with that status.';
COMMENT ON COLUMN orders.due_at IS 'Promised for then; its number and business day are those of that time. NULL: as soon as it can be.';
COMMENT ON COLUMN orders.lead_s IS
  'How many seconds before due_at it is fired, worked out when it comes near, see work_out_lead(); NULL while it is later: boards only count it.';

CREATE TABLE kots (
  id uuid CONSTRAINT kots_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  order_id uuid NOT NULL CONSTRAINT kots_order_fkey REFERENCES orders (id) ON DELETE CASCADE,
  station text,
  round integer NOT NULL,
  status kitchen_status NOT NULL DEFAULT 'SENT',
  sent_at timestamptz NOT NULL DEFAULT now(),
  ready_at timestamptz,
  completed_at timestamptz,
  cancelled_at timestamptz,
  held boolean NOT NULL DEFAULT false,
  fired_at timestamptz,
  recalled boolean NOT NULL DEFAULT false,
  round_id uuid,
  changed jsonb,
  course integer,
  waits_for kot_wait[],
  fire_at timestamptz,
  started_at timestamptz,
  CONSTRAINT kots_order_station_round_course_key UNIQUE NULLS NOT DISTINCT (order_id, station, round, course),
  CONSTRAINT kots_id_order_key UNIQUE (id, order_id)
);
CREATE INDEX kots_to_fire_idx ON kots (fire_at) WHERE fire_at IS NOT NULL;
COMMENT ON TABLE kots IS 'Kitchen order ticket: what one station cooks for one order in one round and course.';
COMMENT ON COLUMN kots.station IS 'Copied at order time; NULL is the kitchen as a whole.';
COMMENT ON COLUMN kots.round IS
  '1 or more, see check_kot(); the next round of this station when left out. A sent KOT never gets more items: they are a new round.';
COMMENT ON COLUMN kots.held IS
  'Not to be cooked yet: grey and untimed on the boards until it is fired. Writing it is enough: true is waits_for {HAND}, false fires it.';
COMMENT ON COLUMN kots.course IS
  '1, 2, 3 ..., see check_kot(); a course waits for those before it as the branch has it. NULL: no courses, cooked as the first.';
COMMENT ON COLUMN kots.waits_for IS
  'Why it is held; NULL: it is not. It is fired when nothing is left, by settle_waits(). View waiting_kots says it in words.';
COMMENT ON COLUMN kots.fire_at IS
  'When the clock looks at a held KOT next, see fire_due(): it is fired then, or the clock works out when. NULL: it waits for something else.';
COMMENT ON COLUMN kots.started_at IS 'A cook has begun with it: a guest cannot cancel it any more. Written by whoever knows.';
COMMENT ON COLUMN kots.fired_at IS 'When a held KOT was let go: its age counts from then. NULL: never held. Set by settle_waits() when its writer does not.';
COMMENT ON COLUMN kots.recalled IS 'Brought back by a cook. Set by change_status() at a step back that is no undo, until it is COMPLETED.';
COMMENT ON COLUMN kots.round_id IS
  'Whose round it is, where a guest joined the open order of the table: only the tracking link of that round shows and cancels it. '
  'NULL: it belongs to the order''s own link. Written once, by place_guest_round().';
COMMENT ON COLUMN kots.changed IS
  'Which table and note its order had before, until a cook of this KOT has seen it: {"at": ..., "table": "T4"}. Set by mark_changed_order().';

CREATE TABLE order_items (
  id uuid CONSTRAINT order_items_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  order_id uuid NOT NULL,
  kot_id uuid NOT NULL,
  line bigint GENERATED BY DEFAULT AS IDENTITY,
  menu_item_id uuid,
  name text NOT NULL,
  quantity integer NOT NULL DEFAULT 1,
  price_cents integer NOT NULL DEFAULT 0,
  modifiers text[] NOT NULL DEFAULT '{}',
  note text,
  allergens text[] NOT NULL DEFAULT '{}',
  done boolean NOT NULL DEFAULT false,
  voided boolean NOT NULL DEFAULT false,
  acknowledged boolean NOT NULL DEFAULT false,
  seat text,
  external_id text,
  part_of uuid,
  refire boolean NOT NULL DEFAULT false,
  void_reason void_reason,
  changed jsonb,
  part_ratio integer[],
  CONSTRAINT order_items_kot_fkey FOREIGN KEY (kot_id, order_id) REFERENCES kots (id, order_id) ON DELETE CASCADE
);
CREATE INDEX order_items_order_idx ON order_items (order_id, kot_id);
COMMENT ON TABLE order_items IS 'One line of an order. Name, price and allergens are copies: a later change of the menu does not touch them.';
COMMENT ON COLUMN order_items.line IS 'The order of the lines as they were written.';
COMMENT ON COLUMN order_items.quantity IS
  'Whole portions, 1 or more, see check_item(). PostgreSQL rounds a part before any rule could refuse it, 1.5 to 2 and 0.4 to 0: '
  'write half a portion as a dish of its own.';
COMMENT ON COLUMN order_items.price_cents IS 'For one, modifiers included; never below 0, see check_item().';
COMMENT ON COLUMN order_items.done IS 'Bumped: this line is cooked.';
COMMENT ON COLUMN order_items.voided IS 'Taken back after it was sent.';
COMMENT ON COLUMN order_items.acknowledged IS 'The kitchen has seen that it is voided: only now it leaves the ticket.';
COMMENT ON COLUMN order_items.seat IS 'For which guest of the table: S1.';
COMMENT ON COLUMN order_items.external_id IS 'What the till calls this line.';
COMMENT ON COLUMN order_items.part_of IS
  'The id of the line of the same order that it is a part of: a dish of a combo, or the same dish at a second station. A part has no '
  'price, counts in no sum, and its guest sees the whole alone; a void, a quantity and a delete of the whole are its own too. See parts.sql.';
COMMENT ON COLUMN order_items.part_ratio IS
  'Of a part whose whole got another quantity: how many of it were meant for how many of the whole, and what it is now: {2,3,1}. Set by '
  'follow_whole(); NULL: as it stands. So a whole that is as before has parts as before, however they were rounded meanwhile.';
COMMENT ON COLUMN order_items.refire IS 'The line that it is a part of, cooked once more, on top. Written by refire_item().';
COMMENT ON COLUMN order_items.void_reason IS 'Why it is voided; written with voided.';
COMMENT ON COLUMN order_items.changed IS
  'What the line was before, until a cook has seen it: {"at": ..., "quantity": 1}, or {"at": ..., "added": true}. Set by mark_changed_line() '
  'and its like, see marks.sql; NULL takes it off.';

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

CREATE TABLE idempotency_keys (
  branch_id uuid NOT NULL CONSTRAINT idempotency_keys_branch_fkey REFERENCES branches (id) ON DELETE CASCADE,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  answer text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (branch_id, key)
);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);
COMMENT ON TABLE idempotency_keys IS
  'The answer to a placed order, written in the same transaction as the order, so that a retry gets the same bytes. Kept 24 h.';

CREATE TABLE kitchen_actions (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT kitchen_actions_pkey PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  branch_id uuid NOT NULL,
  order_id uuid,
  kot_id uuid,
  item_id uuid,
  staff_id uuid,
  action text NOT NULL,
  was text NOT NULL,
  became text NOT NULL,
  action_key text,
  undo boolean,
  changed boolean NOT NULL DEFAULT true,
  refusal text,
  actor_kind actor_kind,
  actor_id uuid,
  actor_name text,
  reason void_reason,
  menu_item_id uuid,
  waited jsonb,
  CONSTRAINT kitchen_actions_once UNIQUE (branch_id, action_key)
);
CREATE INDEX kitchen_actions_order_idx ON kitchen_actions (order_id, id);
CREATE INDEX kitchen_actions_at_idx ON kitchen_actions (at);
COMMENT ON TABLE kitchen_actions IS
  'Who did what to an order after it was sent, when, from what to what: written by the service with the change itself, by the triggers '
  'of actors.sql for plain SQL; kept for 90 days. No foreign keys: it outlives orders and staff.';
COMMENT ON COLUMN kitchen_actions.actor_kind IS
  'What did it; sql is a statement that was not the service''s. NULL before version 17: a member of staff.';
COMMENT ON COLUMN kitchen_actions.actor_id IS 'Which of them, where that kind has ids. Set by name_actor().';
COMMENT ON COLUMN kitchen_actions.actor_name IS 'As they were called then; of sql the role. Set by name_actor().';
COMMENT ON COLUMN kitchen_actions.reason IS 'Why something was voided, cancelled or cooked again, where that was said.';
COMMENT ON COLUMN kitchen_actions.action_key IS
  'The Idempotency-Key of the request: whoever sends it again changes nothing, even if somebody recalled the order in between.';
COMMENT ON COLUMN kitchen_actions.undo IS
  'Whether the step took a mistake back. NULL where there is no such difference, and for what was done before version 15.';
COMMENT ON COLUMN kitchen_actions.changed IS
  'Not: the row is no deed, it remembers an action_key only, whose request found things as it wanted them, or was refused.';
COMMENT ON COLUMN kitchen_actions.refusal IS 'Why the request with this action_key was refused: so is each repeat of it.';
COMMENT ON COLUMN kitchen_actions.waited IS
  'What each KOT waited for that a cook fired, so that take_back_fire() can put it back: {"<kot>": {"waitsFor": ["COURSE"], "fireAt": ..., '
  '"firedBefore": ..., "firedAt": ..., "later": true}}. Written by the service.';
COMMENT ON COLUMN kitchen_actions.menu_item_id IS 'The dish that was sold out, counted or brought back; then there is no order.';

CREATE TABLE forgetting (
  branch_id uuid CONSTRAINT forgetting_pkey PRIMARY KEY CONSTRAINT forgetting_branch_fkey REFERENCES branches (id) ON DELETE CASCADE,
  day date,
  number integer,
  begun_at timestamptz,
  xid xid8,
  orders uuid[]
);
COMMENT ON COLUMN forgetting.xid IS
  'The transaction that last took words of guests out, and of which orders that no board can hold: in it those are not announced.';

-- Transport: what tells the screens; the tables above are the truth ---------------------------------------------------

CREATE SEQUENCE event_revision AS bigint CACHE 1;
COMMENT ON SEQUENCE event_revision IS
  'Revisions of all branches. Taken under the lock of the branch, so it grows in commit order within a branch. Holes are legal.';

CREATE TABLE events (
  branch_id uuid NOT NULL,
  revision bigint NOT NULL DEFAULT nextval('event_revision'),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind event_kind NOT NULL,
  order_id uuid,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT events_pkey PRIMARY KEY (branch_id, revision),
  CONSTRAINT events_once_per_transaction UNIQUE NULLS NOT DISTINCT (xid, branch_id, order_id)
);
COMMENT ON COLUMN events.xid IS 'The writing transaction, its top-level id also inside savepoints.';

CREATE TABLE event_floors (
  branch_id uuid CONSTRAINT event_floors_pkey PRIMARY KEY,
  revision bigint NOT NULL,
  at timestamptz NOT NULL
);
COMMENT ON TABLE event_floors IS 'The last pruned event of each branch: who is behind it starts from a snapshot.';

CREATE TABLE deployment (
  singleton boolean CONSTRAINT deployment_pkey PRIMARY KEY DEFAULT true CONSTRAINT deployment_one_row CHECK (singleton),
  nonce uuid NOT NULL DEFAULT gen_random_uuid(),
  events_epoch text,
  applied text
);
INSERT INTO deployment DEFAULT VALUES;
COMMENT ON TABLE deployment IS 'One row: what makes this database itself. See epoch().';
COMMENT ON COLUMN deployment.events_epoch IS 'The epoch the rows of events belong to; on a restored database it differs from epoch().';

COMMENT ON COLUMN deployment.applied IS
  'Digest of the files that kds migrate applied last and of what they made; while both stay so, it has nothing to do.';

CREATE TABLE batching (
  singleton boolean CONSTRAINT batching_pkey PRIMARY KEY DEFAULT true CONSTRAINT batching_one_row CHECK (singleton),
  state text NOT NULL DEFAULT 'idle'
    CONSTRAINT batching_state_known CHECK (state IN ('idle', 'entering', 'polling', 'leaving')),
  leader text,
  leader_pid integer,
  heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO batching DEFAULT VALUES;
COMMENT ON TABLE batching IS
  'One row: which relay polls events for all others, so that writers need not NOTIFY, and its last sign of life. See view relay_status.';

CREATE TABLE batching_flips (
  flip bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT batching_flips_pkey PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  leader text NOT NULL,
  state text NOT NULL
);
COMMENT ON TABLE batching_flips IS 'The last 100 changes of batching.state, for a DBA who wonders why it was quiet.';

CREATE TABLE ws_connections (
  connection_id text CONSTRAINT ws_connections_pkey PRIMARY KEY,
  branch_id uuid NOT NULL CONSTRAINT ws_connections_branch_fkey REFERENCES branches (id) ON DELETE CASCADE,
  staff_id uuid,
  instance text NOT NULL,
  connected_at timestamptz NOT NULL DEFAULT now(),
  last_activity timestamptz NOT NULL DEFAULT now(),
  lease_expires_at timestamptz NOT NULL DEFAULT now() + interval '30 seconds'
);
CREATE INDEX ws_connections_branch_idx ON ws_connections (branch_id);
CREATE INDEX ws_connections_lease_idx ON ws_connections (lease_expires_at);
COMMENT ON TABLE ws_connections IS
  'The kitchen screens connected now. Each server process renews the lease of its own rows; a row past its lease belongs to a dead process and goes.';

CREATE TABLE schema_migrations (
  version integer CONSTRAINT schema_migrations_pkey PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now(),
  oldest_code integer
);
COMMENT ON TABLE schema_migrations IS 'Which files of sql/migrations this database has; written by kds migrate.';
COMMENT ON COLUMN schema_migrations.oldest_code IS
  'Code that knows at least this version serves on after the migration, and its kds migrate leaves the database as it is. '
  'NULL: not declared.';
INSERT INTO schema_migrations (version, name, oldest_code) VALUES (1, 'create_schema', NULL), (2, 'extend_branches', NULL),
  (3, 'extend_kitchen', NULL), (5, 'keep_what_was_applied', 1), (6, 'check_menu', 1), (7, 'mend_orders', 1),
  (9, 'add_staff_sessions', 1), (10, 'open_doors', 1), (11, 'renew_table_codes', 1), (12, 'move_days', 1),
  (13, 'check_in_triggers', 1), (15, 'remember_every_action', 1), (17, 'know_orders', 1), (18, 'find_orders_of_tills', 1),
  (19, 'count_dishes', 1), (20, 'tell_what_changed', 1), (22, 'fire_later', 1), (23, 'index_what_waits', 1),
  (24, 'find_what_is_near', 1), (25, 'index_what_is_shown', 1), (30, 'add_members', 1), (31, 'add_staff_links', 1),
  (32, 'keep_staff_changes', 1), (35, 'take_back_fires', 1), (36, 'keep_ratios_of_parts', 1), (37, 'forget_guests', 1);
