-- 0006: what a dish and a branch may hold, so that no menu is lost for the sake of one row.
--
-- Forward only; kds migrate runs it in one transaction. Each CHECK comes before its rows are mended, so that nobody can write
-- another such row in between; these tables are small, and who reads them waits for milliseconds. 0007 validates the CHECKs.

ALTER TABLE branches ADD CONSTRAINT branches_day_starts_within_it CHECK (day_starts_at < '24:00') NOT VALID;
UPDATE branches SET day_starts_at = '00:00' WHERE day_starts_at = '24:00';

ALTER TABLE menu_items ADD CONSTRAINT menu_items_texts_fit_a_page CHECK (char_length(name) <= 500 AND char_length(section) <= 500
  AND char_length(description) <= 5000) NOT VALID;
UPDATE menu_items SET name = left(name, 500), section = left(section, 500), description = left(description, 5000)
WHERE char_length(name) > 500 OR char_length(section) > 500 OR char_length(description) > 5000;

ALTER TABLE menu_items ADD CONSTRAINT menu_items_allergens_are_texts CHECK (CASE
  WHEN array_ndims(allergens) > 1 THEN false
  ELSE array_position(allergens, NULL) IS NULL AND cardinality(allergens) <= 100
    AND char_length(array_to_string(allergens, '')) <= 2000 END) NOT VALID;
UPDATE menu_items SET allergens = ARRAY(
  SELECT counted.allergen FROM (
    SELECT a.allergen, a.place, sum(char_length(a.allergen)) OVER (ORDER BY a.place) AS characters
    FROM unnest(allergens) WITH ORDINALITY AS a (allergen, place) WHERE a.allergen IS NOT NULL) AS counted
  WHERE counted.characters <= 2000 ORDER BY counted.place LIMIT 100)
WHERE CASE WHEN array_ndims(allergens) > 1 THEN true
  ELSE array_position(allergens, NULL) IS NOT NULL OR cardinality(allergens) > 100
    OR char_length(array_to_string(allergens, '')) > 2000 END;

ALTER TABLE menu_items ADD
  CONSTRAINT menu_items_modifiers_are_choices CHECK (NOT jsonb_path_exists(modifiers, 'strict $[*] ? (@.type() != "object")', '{}', true)
    AND NOT jsonb_path_exists(modifiers, 'lax $[*] ? (!(@.name.type() == "string" && @.name like_regex "^.{1,100}$" flag "s"
      && (!exists(@.priceCents) || @.priceCents.type() == "number" && @.priceCents >= -2147483647 && @.priceCents <= 2147483647)))')
    AND NOT jsonb_path_exists(modifiers, 'lax $[*].* ? (@.type() == "object" || @.type() == "array")')
    AND NOT jsonb_path_exists(modifiers, 'lax $[100]')
    AND modifiers::text !~ '"priceCents": -?\d+\.' AND octet_length(modifiers::text) <= 50000) NOT VALID;
-- A modifier that is none could never be ordered: it goes. One whose price is no whole number is rounded, a long name cut.
UPDATE menu_items SET modifiers = (
  SELECT coalesce(jsonb_agg(counted.choice ORDER BY counted.place), '[]')
  FROM (
    SELECT c.choice, c.place, row_number() OVER (ORDER BY c.place) AS number,
      sum(octet_length(c.choice::text) + 2) OVER (ORDER BY c.place) AS bytes
    FROM (
      SELECT m.place, jsonb_strip_nulls(jsonb_build_object('name', left(m.modifier ->> 'name', 100), 'priceCents',
        CASE jsonb_typeof(m.modifier -> 'priceCents') WHEN 'number' THEN round((m.modifier ->> 'priceCents')::numeric) END)) AS choice
      FROM jsonb_array_elements(modifiers) WITH ORDINALITY AS m (modifier, place)
      WHERE jsonb_typeof(m.modifier) = 'object' AND jsonb_typeof(m.modifier -> 'name') = 'string' AND m.modifier ->> 'name' <> ''
        AND CASE coalesce(jsonb_typeof(m.modifier -> 'priceCents'), 'null') WHEN 'null' THEN true
          WHEN 'number' THEN round((m.modifier ->> 'priceCents')::numeric) BETWEEN -2147483647 AND 2147483647 ELSE false END) AS c
    ) AS counted
  WHERE counted.number <= 100 AND counted.bytes <= 50000)
WHERE jsonb_path_exists(modifiers, 'strict $[*] ? (@.type() != "object")', '{}', true)
  OR jsonb_path_exists(modifiers, 'lax $[*] ? (!(@.name.type() == "string" && @.name like_regex "^.{1,100}$" flag "s"
    && (!exists(@.priceCents) || @.priceCents.type() == "number" && @.priceCents >= -2147483647 && @.priceCents <= 2147483647)))')
  OR jsonb_path_exists(modifiers, 'lax $[*].* ? (@.type() == "object" || @.type() == "array")')
  OR jsonb_path_exists(modifiers, 'lax $[100]')
  OR modifiers::text ~ '"priceCents": -?\d+\.' OR octet_length(modifiers::text) > 50000;

COMMENT ON COLUMN menu_items.modifiers IS
  'What may be asked for: [{"name": "ADD chilli oil", "priceCents": 100}, ...], at most 100 with names of 1 to 100 characters and whole '
  'numbers; without priceCents it costs nothing. All that are cheaper together never bring the dish below 0: check_dish().';
COMMENT ON COLUMN orders.total_cents IS
  'NULL: the sum of its items that are not voided, made in bigint; so also when that is more than an integer holds.';
COMMENT ON COLUMN order_items.quantity IS
  'Whole portions. PostgreSQL rounds a part before any rule could refuse it, 1.5 to 2 and 0.4 to 0: write half a portion as a dish '
  'of its own.';
COMMENT ON COLUMN order_items.price_cents IS 'For one, modifiers included; never below 0, see check_item().';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (6, 'check_menu', 1);
