-- rounds.sql: how an order of a guest is written: as a new order, or as a further round of the one that its table has open.
--
-- Before step 1 of the story; placing.sql calls it. A till writes the same rows in plain SQL.
-- By hand: after objects.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION place_order(
  new_order uuid, branch uuid, table_name text, type order_type, customer text, order_note text, total integer, lines jsonb
) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  number integer;
BEGIN
  INSERT INTO orders (id, branch_id, table_label, order_type, customer_name, note, total_cents, source)
  VALUES (new_order, branch, table_name, type, customer, order_note, total, 'guest')
  RETURNING order_number INTO number;
  INSERT INTO kots (order_id, station, round)
  SELECT DISTINCT new_order, line.station, 1 FROM jsonb_to_recordset(lines) AS line (station text);
  INSERT INTO order_items (order_id, kot_id, menu_item_id, name, quantity, price_cents, modifiers, note, allergens)
  SELECT new_order, k.id, line."menuItemId", line.name, line.quantity, line."priceCents", line.modifiers, line.note, line.allergens
  FROM ROWS FROM (jsonb_to_recordset(lines) AS ("menuItemId" uuid, name text, quantity integer, "priceCents" integer,
    modifiers text[], note text, allergens text[], station text)) WITH ORDINALITY
    AS line ("menuItemId", name, quantity, "priceCents", modifiers, note, allergens, station, line_number)
  JOIN kots AS k ON k.order_id = new_order AND k.station IS NOT DISTINCT FROM line.station
  ORDER BY line.line_number;
  RETURN number;
END
$$;
COMMENT ON FUNCTION place_order(uuid, uuid, text, order_type, text, text, integer, jsonb) IS
  'Writes an order of a guest with one KOT per station, in one round trip; the number of the order. Three statements, so that the triggers of the first '
  'spare those of the others.';

CREATE OR REPLACE FUNCTION sum_of_order(wanted_order uuid) RETURNS bigint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  RETURN (SELECT coalesce(o.total_cents, (SELECT sum(i.quantity::bigint * i.price_cents) FROM order_items AS i
                                          WHERE i.order_id = o.id AND NOT i.voided), 0)
          FROM orders AS o WHERE o.id = wanted_order);
END
$$;
COMMENT ON FUNCTION sum_of_order(uuid) IS 'What an order costs: total_cents, or the sum of its items that are not voided.';

CREATE OR REPLACE FUNCTION place_guest_round(
  new_order uuid, branch uuid, table_name text, customer text, round_note text, total integer, lines jsonb, new_round uuid
) RETURNS TABLE (order_id uuid, order_number integer, total_cents bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  joined uuid;
  next_round integer;
BEGIN
  -- Two phones of a table at once: the second finds the order of the first.
  PERFORM pg_advisory_xact_lock(493269105, hashtext(branch || table_name));
  SELECT o.id INTO joined FROM orders AS o
  WHERE o.branch_id = branch AND o.table_label = table_name AND o.order_type = 'dine_in' AND o.status IN ('SENT', 'READY')
    AND o.placed_at BETWEEN now() - interval '12 hours' AND now() + interval '12 hours' AND o.due_at IS NULL AND o.paid_at IS NULL
  ORDER BY o.placed_at DESC LIMIT 1 FOR NO KEY UPDATE;
  IF joined IS NULL THEN
    PERFORM place_order(new_order, branch, table_name, 'dine_in', customer, round_note, total, lines);
    RETURN QUERY SELECT o.id, o.order_number, sum_of_order(o.id) FROM orders AS o WHERE o.id = new_order;
    RETURN;
  END IF;
  SELECT max(k.round) + 1 INTO next_round FROM kots AS k WHERE k.order_id = joined;
  INSERT INTO kots (order_id, station, round, round_id)
  SELECT DISTINCT joined, line.station, coalesce(next_round, 2), new_round FROM jsonb_to_recordset(lines) AS line (station text);
  -- The note of the round stands at the first dish of each station: the order's own note belongs to what came before.
  INSERT INTO order_items (order_id, kot_id, menu_item_id, name, quantity, price_cents, modifiers, note, allergens)
  SELECT joined, k.id, line."menuItemId", line.name, line.quantity, line."priceCents", line.modifiers,
    nullif(concat_ws('. ', line.note,
      CASE row_number() OVER (PARTITION BY line.station ORDER BY line.line_number) WHEN 1 THEN round_note END), ''),
    line.allergens
  FROM ROWS FROM (jsonb_to_recordset(lines) AS ("menuItemId" uuid, name text, quantity integer, "priceCents" integer,
    modifiers text[], note text, allergens text[], station text)) WITH ORDINALITY
    AS line ("menuItemId", name, quantity, "priceCents", modifiers, note, allergens, station, line_number)
  JOIN kots AS k ON k.order_id = joined AND k.round = coalesce(next_round, 2) AND k.station IS NOT DISTINCT FROM line.station
  ORDER BY line.line_number;
  -- NULL, the sum of its items, when the column cannot hold it.
  UPDATE orders AS o SET total_cents = CASE WHEN o.total_cents::bigint + total <= 2147483647 THEN o.total_cents + total END
  WHERE o.id = joined AND o.total_cents IS NOT NULL;
  RETURN QUERY SELECT o.id, o.order_number, sum_of_order(o.id) FROM orders AS o WHERE o.id = joined;
END
$$;
COMMENT ON FUNCTION place_guest_round(uuid, uuid, text, text, text, integer, jsonb, uuid) IS
  'For a branch that adds rounds: writes what a table orders as a new round of its open order, called new_round, or as a new order '
  'when it has none; the order it became part of, and its whole sum. Such a round is never the first: TrackPages of kds/guests/tracking.py '
  'tells by that whether an order is shared. Advisory lock 493269105: one table at a time.';

CREATE OR REPLACE FUNCTION place_round(
  new_order uuid, branch uuid, table_name text, customer text, round_note text, total integer, lines jsonb
) RETURNS TABLE (order_id uuid, order_number integer, total_cents bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN QUERY SELECT r.order_id, r.order_number, r.total_cents
  FROM place_guest_round(new_order, branch, table_name, customer, round_note, total, lines, NULL) AS r;
END
$$;
COMMENT ON FUNCTION place_round(uuid, uuid, text, text, text, integer, jsonb) IS
  'As the code before version 11 calls it: one link for all who share the order.';

-- What changes something is for the service alone: rights.sql gives it back to the service's role.
REVOKE ALL ON FUNCTION place_order(uuid, uuid, text, order_type, text, text, integer, jsonb),
  place_round(uuid, uuid, text, text, text, integer, jsonb),
  place_guest_round(uuid, uuid, text, text, text, integer, jsonb, uuid) FROM PUBLIC;

COMMIT;
