-- 0024: what is promised and comes near is found by an index, also when no KOT of it waits for that time.
--
-- mode: steps
-- Forward only; the index is made beside writers, and holds only what is promised for a time that
-- has not come near yet: no order of before.

CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_near_idx ON orders (status, due_at)
  WHERE due_at IS NOT NULL AND lead_s IS NULL;

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (24, 'find_what_is_near', 1) ON CONFLICT DO NOTHING;
