-- 0025: one index finds all orders of a branch that boards show: open ones, and cancelled ones that nobody has seen.
--
-- mode: steps
-- Forward only. Each index of orders costs every new order, whether it enters it or not. Those of before stand until the new one is there.

CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_shown_idx ON orders (branch_id, placed_at)
  WHERE status IN ('SENT', 'READY') OR status = 'CANCELLED' AND NOT acknowledged;

-- Those that are over, completed or cancelled: the last of each kind. Whether a column is there costs a new order less than whether the
-- status is one, and one index less than two.
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_over_idx ON orders (branch_id, completed_at DESC, cancelled_at DESC)
  WHERE completed_at IS NOT NULL OR cancelled_at IS NOT NULL;

-- What is cancelled was not completed, whatever was imported: the list of those reads it so.
UPDATE orders SET completed_at = NULL WHERE status = 'CANCELLED' AND completed_at IS NOT NULL;

DROP INDEX CONCURRENTLY IF EXISTS orders_completed_idx;

DROP INDEX CONCURRENTLY IF EXISTS orders_cancelled_idx;

DROP INDEX CONCURRENTLY IF EXISTS orders_open_idx;

DROP INDEX CONCURRENTLY IF EXISTS orders_to_acknowledge_idx;

DROP INDEX CONCURRENTLY IF EXISTS orders_due_idx;

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (25, 'index_what_is_shown', 1) ON CONFLICT DO NOTHING;
