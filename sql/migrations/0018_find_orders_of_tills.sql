-- 0018: an order is found by what its till calls it, so that it is written once however often the till sends it.
--
-- mode: steps
-- Forward only; the index is made beside writers. No order has such a name before version 17.

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_external_key ON orders (branch_id, source, business_day, external_id)
  NULLS NOT DISTINCT WHERE external_id IS NOT NULL;

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (18, 'find_orders_of_tills', 1) ON CONFLICT DO NOTHING;
