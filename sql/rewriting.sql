-- rewriting.sql: lines that are deleted, and lines that come to a KOT that the kitchen has.
--
-- Step 1 of the story, after marks.sql. A deleted line leaves a row behind, with an id of its own, voided: the boards show it as
-- every void, until it was seen. Nothing is left of a line whose order or KOT goes with it, that was seen as a void already, or that
-- came in the same transaction.
--
-- Tills delete all lines and insert them again. What comes back in the same transaction takes the place of what was left, done and
-- marked as that was, and only what differs is marked; so the kitchen hears nothing of lines that are as before.
--
-- order_items.changed of what is left: {"deleted": <id of the line>, "xid": <transaction_mark()>, "voided": whether it was,
-- "mark": its mark}; of a line that came: {"added": true, "at": ..., "xid": ...}. xid is for this file alone, order_objects leaves it out.
-- By hand: after marks.sql. Safe to re-run beside writers, and one transaction. While somebody holds the table for over a
-- second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'kots', 'order_items');

CREATE OR REPLACE FUNCTION added_mark() RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN dated_mark(jsonb_build_object('added', true, 'xid', transaction_mark()));
END
$$;
COMMENT ON FUNCTION added_mark() IS 'The mark of a line that comes to a KOT that the kitchen has.';

CREATE OR REPLACE FUNCTION take_place(came order_items, gone order_items, gone_mark jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  UPDATE order_items SET done = came.done OR gone.done, changed = mark_of_line(gone_mark, gone, came) WHERE id = came.id;
END
$$;
COMMENT ON FUNCTION take_place(order_items, order_items, jsonb) IS
  'Makes a line that came the one that is gone, which had the mark gone_mark: what was done stays done, and what differs is marked.';

-- Lines that go -------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION leave_void(gone order_items) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  came order_items;
  ignored text;
BEGIN
  IF gone.voided AND gone.acknowledged OR gone.changed ->> 'added' IS NOT NULL AND gone.changed ->> 'xid' = transaction_mark()
     OR NOT kitchen_has(gone.kot_id) THEN
    RETURN;
  END IF;
  -- inserted before this one was deleted
  SELECT i.* INTO came FROM order_items AS i
  WHERE i.order_id = gone.order_id AND i.kot_id = gone.kot_id AND NOT gone.voided AND NOT i.voided
    AND i.changed ->> 'added' IS NOT NULL AND i.changed ->> 'xid' = transaction_mark()
    AND (i.name, i.quantity, i.modifiers, coalesce(i.note, ''), i.allergens)
      = (gone.name, gone.quantity, gone.modifiers, coalesce(gone.note, ''), gone.allergens)
  ORDER BY i.line LIMIT 1;
  IF FOUND THEN
    PERFORM take_place(came, gone, gone.changed);
    RETURN;
  END IF;
  INSERT INTO order_items SELECT void.* FROM jsonb_populate_record(gone, jsonb_build_object(
    'id', gen_random_uuid(), 'voided', true, 'acknowledged', false, 'changed', jsonb_build_object(
      'deleted', gone.id, 'xid', transaction_mark(), 'voided', gone.voided, 'mark', gone.changed))
    || CASE WHEN gone.part_of IS NULL OR EXISTS (SELECT FROM order_items AS w WHERE w.id = gone.part_of) THEN '{}'
      ELSE '{"part_of": null, "refire": false}'::jsonb END) AS void;  -- its whole went with it
  ignored := set_config('kds.voids', transaction_mark(), true);
END
$$;
COMMENT ON FUNCTION leave_void(order_items) IS 'Leaves a void in the place of a line that the kitchen has and that goes.';

CREATE OR REPLACE FUNCTION leave_voids() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  PERFORM leave_void(g) FROM gone AS g JOIN kots AS k ON k.id = g.kot_id;  -- no KOT: it went with that
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION leave_voids() IS 'As leave_void(), for all lines that a statement deletes.';

CREATE OR REPLACE TRIGGER order_items_leave_voids AFTER DELETE ON order_items REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION leave_voids();
COMMENT ON TRIGGER order_items_leave_voids ON order_items IS
  'A deleted line stays as a void until it was seen. Of the origin alone: a replica gets that row as well.';

-- Lines that come -----------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION take_places(came uuid[]) RETURNS uuid[]
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  line order_items;
  gone order_items;
BEGIN
  IF current_setting('kds.voids', true) IS DISTINCT FROM transaction_mark() THEN
    RETURN came;
  END IF;
  -- first those that are as before, then those with the id of before, or with another quantity alone
  FOR equal IN REVERSE 1..0 LOOP
    FOR line IN SELECT i.* FROM order_items AS i WHERE i.id = ANY (came) ORDER BY i.line LOOP
      SELECT v.* INTO gone FROM order_items AS v
      WHERE v.order_id = line.order_id AND v.kot_id = line.kot_id
        AND v.changed ->> 'deleted' IS NOT NULL AND v.changed ->> 'xid' = transaction_mark()
        AND CASE equal WHEN 1 THEN v.quantity = line.quantity AND (v.changed -> 'voided')::boolean = line.voided
          ELSE v.changed ->> 'deleted' = line.id::text OR NOT line.voided AND NOT (v.changed -> 'voided')::boolean END
        AND (v.changed ->> 'deleted' = line.id::text AND equal = 0 OR (v.name, v.modifiers, coalesce(v.note, ''), v.allergens)
          = (line.name, line.modifiers, coalesce(line.note, ''), line.allergens))
      ORDER BY v.changed ->> 'deleted' = line.id::text DESC, v.line LIMIT 1;
      CONTINUE WHEN NOT FOUND;
      PERFORM take_place(line, gone, nullif(gone.changed -> 'mark', 'null'));
      UPDATE order_items SET acknowledged = true WHERE id = gone.id;  -- so that it leaves nothing itself
      DELETE FROM order_items WHERE id = gone.id;
      came := array_remove(came, line.id);
    END LOOP;
  END LOOP;
  RETURN came;
END
$$;
COMMENT ON FUNCTION take_places(uuid[]) IS
  'Of lines that came, those that are really new; the others took the place of lines that this transaction deleted.';

CREATE OR REPLACE FUNCTION mark_added_lines(came uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  kot uuid;
  ignored text;
BEGIN
  UPDATE order_items SET changed = NULL WHERE id = ANY (came) AND changed IS NOT NULL;  -- no writer makes marks
  IF cardinality(came) > 1000 THEN
    RETURN;  -- an import: no screen tells so many
  END IF;
  FOR kot IN SELECT DISTINCT i.kot_id FROM order_items AS i WHERE i.id = ANY (came) LOOP
    IF NOT EXISTS (SELECT FROM order_items AS i WHERE i.order_id = (SELECT k.order_id FROM kots AS k WHERE k.id = kot)
                     AND i.kot_id = kot AND i.id <> ALL (came)) THEN
      ignored := set_config('kds.kot', and_new_kot(kot), true);  -- its first ones: no change, nor what else this transaction brings
    ELSIF kitchen_has(kot) THEN
      -- what comes as a void was never there to be cooked
      UPDATE order_items SET changed = CASE WHEN NOT voided THEN added_mark() END, acknowledged = acknowledged OR voided
      WHERE id = ANY (came) AND kot_id = kot;
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION mark_added_lines(uuid[]) IS
  'Marks lines that came to a KOT that the kitchen has and that had lines before; not more than 1,000 at a time, which are an import.';

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION added_mark(), take_place(order_items, order_items, jsonb), leave_void(order_items), leave_voids(),
  take_places(uuid[]), mark_added_lines(uuid[]) FROM PUBLIC;

COMMIT;
