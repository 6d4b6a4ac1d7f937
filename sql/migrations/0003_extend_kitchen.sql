-- 0003: what cooks do beyond bumping: hold and fire, recall that says so, voids that are seen; and who did what.
--
-- Forward only; kds migrate runs it in one transaction. New columns with constant defaults rewrite nothing, and the code
-- before this version does not see them.

ALTER TABLE kots ADD COLUMN held boolean NOT NULL DEFAULT false;
ALTER TABLE kots ADD COLUMN fired_at timestamptz;
ALTER TABLE kots ADD COLUMN recalled boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN kots.held IS 'Not to be cooked yet: grey and untimed on the boards until it is fired.';
COMMENT ON COLUMN kots.fired_at IS 'When a held KOT was let go: its age counts from then. NULL: never held.';
COMMENT ON COLUMN kots.recalled IS 'Brought back by a cook. Set by change_status() at a step back that is no undo, until it is COMPLETED.';

ALTER TABLE order_items ADD COLUMN acknowledged boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN order_items.acknowledged IS 'The kitchen has seen that it is voided: only now it leaves the ticket.';

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

INSERT INTO schema_migrations (version, name) VALUES (3, 'extend_kitchen');
