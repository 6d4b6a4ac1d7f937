-- 0007: validates the CHECKs of 0006; mends times and arrays in orders that nobody can read.
--
-- mode: steps
-- Forward only; each statement commits by itself and may be repeated. Orders are mended in small parts, as any writer changes
-- them, so the screens hear of it. A time that no calendar has becomes the next best that is known, or goes; NULL leaves an
-- array, and arrays of arrays become one. The tables are read once each, under no lock that a writer waits for.

ALTER TABLE branches VALIDATE CONSTRAINT branches_day_starts_within_it;
ALTER TABLE menu_items VALIDATE CONSTRAINT menu_items_texts_fit_a_page;
ALTER TABLE menu_items VALIDATE CONSTRAINT menu_items_allergens_are_texts;
ALTER TABLE menu_items VALIDATE CONSTRAINT menu_items_modifiers_are_choices;

DO $$
DECLARE
  known CONSTANT tstzrange := tstzrange('0001-01-02 00:00:00+00', '9999-12-30 00:00:00+00');
  broken uuid;
  mended integer := 0;
BEGIN
  FOR broken IN
    SELECT o.id FROM public.orders AS o
    WHERE NOT known @> o.placed_at OR NOT known @> o.ready_at OR NOT known @> o.completed_at OR NOT known @> o.cancelled_at
  LOOP
    UPDATE public.orders AS o SET
      ready_at = CASE WHEN known @> o.ready_at THEN o.ready_at END,
      completed_at = CASE WHEN known @> o.completed_at THEN o.completed_at END,
      cancelled_at = CASE WHEN known @> o.cancelled_at THEN o.cancelled_at END,
      placed_at = CASE WHEN known @> o.placed_at THEN o.placed_at
        WHEN known @> o.ready_at THEN o.ready_at WHEN known @> o.completed_at THEN o.completed_at
        WHEN known @> o.cancelled_at THEN o.cancelled_at ELSE now() END
    WHERE o.id = broken;
    mended := mended + 1;
    IF mended % 100 = 0 THEN
      COMMIT;
    END IF;
  END LOOP;
END
$$;

DO $$
DECLARE
  known CONSTANT tstzrange := tstzrange('0001-01-02 00:00:00+00', '9999-12-30 00:00:00+00');
  broken uuid;
  mended integer := 0;
BEGIN
  FOR broken IN
    SELECT k.id FROM public.kots AS k
    WHERE NOT known @> k.sent_at OR NOT known @> k.fired_at OR NOT known @> k.ready_at OR NOT known @> k.completed_at
      OR NOT known @> k.cancelled_at
  LOOP
    UPDATE public.kots AS k SET
      fired_at = CASE WHEN known @> k.fired_at THEN k.fired_at END,
      ready_at = CASE WHEN known @> k.ready_at THEN k.ready_at END,
      completed_at = CASE WHEN known @> k.completed_at THEN k.completed_at END,
      cancelled_at = CASE WHEN known @> k.cancelled_at THEN k.cancelled_at END,
      sent_at = CASE WHEN known @> k.sent_at THEN k.sent_at ELSE o.placed_at END
    FROM public.orders AS o WHERE o.id = k.order_id AND k.id = broken;
    mended := mended + 1;
    IF mended % 100 = 0 THEN
      COMMIT;
    END IF;
  END LOOP;
END
$$;

DO $$
DECLARE
  broken uuid;
  mended integer := 0;
BEGIN
  FOR broken IN
    SELECT i.id FROM public.order_items AS i
    WHERE array_ndims(i.modifiers) > 1 OR array_ndims(i.allergens) > 1
      OR EXISTS (SELECT FROM unnest(i.modifiers) AS word WHERE word IS NULL)
      OR EXISTS (SELECT FROM unnest(i.allergens) AS word WHERE word IS NULL)
  LOOP
    UPDATE public.order_items AS i SET
      modifiers = ARRAY(SELECT m.word FROM unnest(i.modifiers) WITH ORDINALITY AS m (word, place) WHERE m.word IS NOT NULL ORDER BY m.place),
      allergens = ARRAY(SELECT a.word FROM unnest(i.allergens) WITH ORDINALITY AS a (word, place) WHERE a.word IS NOT NULL ORDER BY a.place)
    WHERE i.id = broken;
    mended := mended + 1;
    IF mended % 100 = 0 THEN
      COMMIT;
    END IF;
  END LOOP;
END
$$;

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (7, 'mend_orders', 1);
