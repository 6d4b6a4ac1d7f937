-- 0023: one KOT for each station, round and course of an order; and what the clock looks at next is found by an index.
--
-- mode: steps
-- Forward only. Writers go on meanwhile: the key of before stands until the new one is there. The code before this version
-- writes no courses, and for it the two say the same.

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS kots_order_station_round_course_key
  ON kots (order_id, station, round, course) NULLS NOT DISTINCT;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'public.kots'::regclass AND conname = 'kots_order_station_round_course_key') THEN
    ALTER TABLE public.kots DROP CONSTRAINT IF EXISTS kots_order_station_round_key,
      ADD CONSTRAINT kots_order_station_round_course_key UNIQUE USING INDEX kots_order_station_round_course_key;
  END IF;
END
$$;

CREATE INDEX CONCURRENTLY IF NOT EXISTS kots_to_fire_idx ON kots (fire_at) WHERE fire_at IS NOT NULL;

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (23, 'index_what_waits', 1)
  ON CONFLICT (version) DO NOTHING;
