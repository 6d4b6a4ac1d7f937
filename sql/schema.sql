-- schema.sql: the present truth of the database: types, tables, constraints, indexes.
--
-- Step 0 of the story: where an order lives. numbers.sql and rules.sql (step 1), announce.sql and triggers.sql (step 2) watch
-- these tables, views.sql explains them.
-- By hand, on an empty database, psql -f: schema.sql, values.sql, days.sql, numbers.sql, rules.sql, announce.sql, triggers.sql, functions.sql,
-- menu.sql, views.sql, rights.sql. `kds migrate` does the same.
-- Not safe to re-run: an existing database moves forward through migrations/.

CREATE TYPE kitchen_status AS ENUM ('SENT', 'READY', 'COMPLETED', 'CANCELLED');
COMMENT ON TYPE kitchen_status IS
  'State of an order or a KOT. The order of the values is the roll-up: an order has the least status of its KOTs, '
  'and is CANCELLED only when all of them are.';

CREATE TYPE order_type AS ENUM ('dine_in', 'takeaway', 'delivery');
COMMENT ON TYPE order_type IS 'How the customer gets the food.';

CREATE TYPE staff_role AS ENUM ('KITCHEN', 'MANAGER', 'PICKUP');
COMMENT ON TYPE staff_role IS 'What a login may do: cook at a board, manage a branch, show the pickup board.';

CREATE TYPE event_kind AS ENUM ('NEW_ORDER', 'ORDER_UPDATED', 'ORDER_REMOVED', 'RESYNC');
COMMENT ON TYPE event_kind IS 'What an event says of an order; RESYNC says: read the whole branch anew.';

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
COMMENT ON COLUMN staff.password_hash IS 'argon2id, in its own encoding.';
COMMENT ON COLUMN staff.generation IS
  'Raised by a trigger when role, branch, password or active change, or by whoever writes it; tokens of a lower one are refused.';

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
    AND modifiers::text !~ '"priceCents": -?\d+\.' AND octet_length(modifiers::text) <= 50000)
);
CREATE INDEX menu_items_branch_idx ON menu_items (branch_id, position);
COMMENT ON TABLE menu_items IS 'A dish on the menu. Name and price are copied into order_items when it is ordered.';
COMMENT ON COLUMN menu_items.available IS 'false is 86: sold out.';
COMMENT ON COLUMN menu_items.modifiers IS
  'What may be asked for: [{"name": "ADD chilli oil", "priceCents": 100}, ...], at most 100 with names of 1 to 100 characters and whole '
  'numbers; without priceCents it costs nothing. All that are cheaper together never bring the dish below 0: check_dish().';

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
  CONSTRAINT orders_number_key UNIQUE (branch_id, business_day, order_number)
);
CREATE INDEX orders_open_idx ON orders (branch_id, placed_at) WHERE status IN ('SENT', 'READY');
CREATE INDEX orders_completed_idx ON orders (branch_id, completed_at DESC) WHERE status = 'COMPLETED';
CREATE INDEX orders_cancelled_idx ON orders (branch_id, cancelled_at DESC) WHERE status = 'CANCELLED';
CREATE INDEX orders_to_acknowledge_idx ON orders (branch_id) WHERE status = 'CANCELLED' AND NOT acknowledged;
COMMENT ON TABLE orders IS
  'One order of a customer. INSERT INTO orders (branch_id, table_label) is enough. Its status and that of its KOTs follow each other.';
COMMENT ON COLUMN orders.order_number IS 'What is called out: short, unique per branch and business day, gaps are normal. Set by number_order().';
COMMENT ON COLUMN orders.business_day IS 'The day the number belongs to, in the time zone of the branch. Set by number_order().';
COMMENT ON COLUMN orders.priority IS 'Above 0 is rush.';
COMMENT ON COLUMN orders.acknowledged IS 'The kitchen has seen that the order is CANCELLED.';
COMMENT ON COLUMN orders.total_cents IS
  'NULL: the sum of its items that are not voided, made in bigint; so also when that is more than an integer holds.';
COMMENT ON COLUMN orders.source IS 'Who sent the order: guest for the order page and the public API; NULL for plain SQL. A till may name itself.';

CREATE TABLE kots (
  id uuid CONSTRAINT kots_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  order_id uuid NOT NULL CONSTRAINT kots_order_fkey REFERENCES orders (id) ON DELETE CASCADE,
  station text,
  round integer NOT NULL CONSTRAINT kots_round_positive CHECK (round > 0),
  status kitchen_status NOT NULL DEFAULT 'SENT',
  sent_at timestamptz NOT NULL DEFAULT now(),
  ready_at timestamptz,
  completed_at timestamptz,
  cancelled_at timestamptz,
  held boolean NOT NULL DEFAULT false,
  fired_at timestamptz,
  recalled boolean NOT NULL DEFAULT false,
  round_id uuid,
  CONSTRAINT kots_order_station_round_key UNIQUE NULLS NOT DISTINCT (order_id, station, round),
  CONSTRAINT kots_id_order_key UNIQUE (id, order_id)
);
COMMENT ON TABLE kots IS 'Kitchen order ticket: what one station cooks for one order in one round.';
COMMENT ON COLUMN kots.station IS 'Copied at order time; NULL is the kitchen as a whole.';
COMMENT ON COLUMN kots.round IS 'The next round of this station when left out. A sent KOT never gets more items: they are a new round.';
COMMENT ON COLUMN kots.held IS 'Not to be cooked yet: grey and untimed on the boards until it is fired.';
COMMENT ON COLUMN kots.fired_at IS 'When a held KOT was let go: its age counts from then. NULL: never held.';
COMMENT ON COLUMN kots.recalled IS 'Brought back by a cook. Set by change_status() at a step back that is no undo, until it is COMPLETED.';
COMMENT ON COLUMN kots.round_id IS
  'Whose round it is, where a guest joined the open order of the table: only the tracking link of that round shows and cancels it. '
  'NULL: it belongs to the order''s own link. Written once, by place_guest_round().';

CREATE TABLE order_items (
  id uuid CONSTRAINT order_items_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  order_id uuid NOT NULL,
  kot_id uuid NOT NULL,
  line bigint GENERATED BY DEFAULT AS IDENTITY,
  menu_item_id uuid,
  name text NOT NULL,
  quantity integer NOT NULL DEFAULT 1 CONSTRAINT order_items_quantity_positive CHECK (quantity > 0),
  price_cents integer NOT NULL DEFAULT 0,
  modifiers text[] NOT NULL DEFAULT '{}',
  note text,
  allergens text[] NOT NULL DEFAULT '{}',
  done boolean NOT NULL DEFAULT false,
  voided boolean NOT NULL DEFAULT false,
  acknowledged boolean NOT NULL DEFAULT false,
  CONSTRAINT order_items_kot_fkey FOREIGN KEY (kot_id, order_id) REFERENCES kots (id, order_id) ON DELETE CASCADE
);
CREATE INDEX order_items_order_idx ON order_items (order_id, kot_id);
COMMENT ON TABLE order_items IS 'One line of an order. Name, price and allergens are copies: a later change of the menu does not touch them.';
COMMENT ON COLUMN order_items.line IS 'The order of the lines as they were written.';
COMMENT ON COLUMN order_items.quantity IS
  'Whole portions. PostgreSQL rounds a part before any rule could refuse it, 1.5 to 2 and 0.4 to 0: write half a portion as a dish '
  'of its own.';
COMMENT ON COLUMN order_items.price_cents IS 'For one, modifiers included; never below 0, see check_item().';
COMMENT ON COLUMN order_items.done IS 'Bumped: this line is cooked.';
COMMENT ON COLUMN order_items.voided IS 'Taken back after it was sent.';
COMMENT ON COLUMN order_items.acknowledged IS 'The kitchen has seen that it is voided: only now it leaves the ticket.';

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
  order_id uuid NOT NULL,
  kot_id uuid,
  item_id uuid,
  staff_id uuid,
  action text NOT NULL,
  was text NOT NULL,
  became text NOT NULL,
  action_key text,
  CONSTRAINT kitchen_actions_once UNIQUE (branch_id, action_key)
);
CREATE INDEX kitchen_actions_order_idx ON kitchen_actions (order_id, id);
CREATE INDEX kitchen_actions_at_idx ON kitchen_actions (at);
COMMENT ON TABLE kitchen_actions IS
  'Who did what at a board, when, from what to what: written with the change itself, kept for 90 days. No foreign keys: it outlives '
  'orders and staff.';
COMMENT ON COLUMN kitchen_actions.action_key IS
  'The Idempotency-Key of the request: whoever sends it again changes nothing, even if somebody recalled the order in between.';

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
  (9, 'add_staff_sessions', 1), (10, 'open_doors', 1), (11, 'renew_table_codes', 1), (12, 'move_days', 1);
