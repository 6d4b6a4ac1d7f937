-- marks.sql: what changed of an order that the kitchen has, said beside the row itself until a cook has seen it.
--
-- Step 1 of the story, after firing.sql. order_items.changed and kots.changed hold what was before, the first value that the kitchen
-- knew, and `at`, when it changed last:
--   a line   {"at": "2026-01-01T12:00:00.000000Z", "quantity": 1, "note": null}   also name, modifiers, allergens
--            {"at": ..., "added": true}                                            a line that came to a KOT the kitchen has
--   a KOT    {"at": ..., "table": "T4", "note": "no nuts"}                         of its order: once per KOT
-- A value that comes back to what the kitchen knew takes its mark away. NULL takes all marks away, and is written when a cook has
-- seen them; whatever else an UPDATE writes there is not taken, but for the mark without its note (forgetting.sql), and what an
-- INSERT does is not told without a mark's `at`.
-- rewriting.sql has the lines that are deleted, and inserted again.
--
-- The kitchen has a KOT that is SENT or READY, not held, and not of this very transaction. Triggers of the origin alone: a replica
-- and a restore get the marks with the rows.
-- By hand: after clock.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('orders', 'kots', 'order_items');

-- Does the kitchen have it? -------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION is_new_kot(sent_at timestamptz, writer xid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- a session that never imported has no such setting
  RETURN (sent_at = CURRENT_TIMESTAMP OR current_setting('kds.imported', true) IS NOT DISTINCT FROM transaction_mark())
    AND is_of_this_transaction(writer);
END
$$;
COMMENT ON FUNCTION is_new_kot(timestamptz, xid) IS
  'Whether a KOT, of which sent_at and xmin are given, was inserted by this transaction; kds.imported says that it inserts some with a time of their own.';

CREATE OR REPLACE FUNCTION kitchen_has(wanted_kot uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  kot record;
BEGIN
  SELECT k.status IN ('SENT', 'READY') AND NOT k.held AS is_shown, k.sent_at, k.xmin AS writer INTO kot FROM kots AS k WHERE k.id = wanted_kot;
  IF NOT kot.is_shown THEN
    -- Somebody may be firing or recalling it at this moment: the lock waits for them, and then sees it.
    SELECT k.status IN ('SENT', 'READY') AND NOT k.held AS is_shown, k.sent_at, k.xmin AS writer INTO kot
    FROM kots AS k WHERE k.id = wanted_kot FOR SHARE;
  END IF;
  RETURN coalesce(kot.is_shown AND NOT is_new_kot(kot.sent_at, kot.writer), false);
END
$$;
COMMENT ON FUNCTION kitchen_has(uuid) IS
  'Whether a board shows this KOT as something to cook or to serve, so that a change of it has to be told; not when it is held, over, '
  'or of this transaction.';

-- What a mark says ----------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION add_to_mark(mark jsonb, what text, was jsonb, becomes jsonb) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE RETURN CASE
  WHEN mark -> what = becomes THEN mark - what  -- as the kitchen knows it
  WHEN was = becomes OR mark ? what THEN mark
  ELSE mark || jsonb_build_object(what, was) END;
COMMENT ON FUNCTION add_to_mark(jsonb, text, jsonb, jsonb) IS 'A mark with one more value that changed, or one less that changed back.';

CREATE OR REPLACE FUNCTION note_in_mark(note text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN coalesce(to_jsonb(nullif(note, '')), 'null');
COMMENT ON FUNCTION note_in_mark(text) IS 'A note in a mark: no note and an empty one are the same.';

CREATE OR REPLACE FUNCTION without_note(mark jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN CASE
    -- a void that was deleted itself has the mark of that in its own, and so on
    WHEN mark ? 'deleted' THEN mark - '{note,at}'::text[] || jsonb_build_object('mark',
      CASE jsonb_typeof(mark -> 'mark') WHEN 'object' THEN coalesce(without_note(mark -> 'mark'), 'null') ELSE mark -> 'mark' END)
    WHEN NOT mark ? 'note' THEN mark
    WHEN mark - '{note,at}'::text[] <> '{}' THEN mark - 'note' END;
END
$$;
COMMENT ON FUNCTION without_note(jsonb) IS
  'A mark, also one of a deleted line, that says nothing of what the note was, see forgetting.sql; NULL when that was all it said.';

CREATE OR REPLACE FUNCTION mark_of_line(mark jsonb, was order_items, becomes order_items) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  made jsonb := coalesce(mark, '{}');
BEGIN
  IF (was.name, was.quantity, was.modifiers, coalesce(was.note, ''), was.allergens)
     = (becomes.name, becomes.quantity, becomes.modifiers, coalesce(becomes.note, ''), becomes.allergens) THEN
    RETURN mark;
  END IF;
  IF NOT made ? 'added' THEN  -- else it is new as a whole
    made := add_to_mark(made, 'name', to_jsonb(was.name), to_jsonb(becomes.name));
    made := add_to_mark(made, 'quantity', to_jsonb(was.quantity), to_jsonb(becomes.quantity));
    made := add_to_mark(made, 'modifiers', to_jsonb(was.modifiers), to_jsonb(becomes.modifiers));
    made := add_to_mark(made, 'note', note_in_mark(was.note), note_in_mark(becomes.note));
    made := add_to_mark(made, 'allergens', to_jsonb(was.allergens), to_jsonb(becomes.allergens));
  END IF;
  RETURN dated_mark(made);
END
$$;
COMMENT ON FUNCTION mark_of_line(jsonb, order_items, order_items) IS
  'The mark of a line that was so and becomes so; mark: the one it has. NULL when it is again what the kitchen knew.';

CREATE OR REPLACE FUNCTION dated_mark(mark jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- By `at` a cook's Seen is told from one that was meant for what stood there before.
  RETURN CASE WHEN mark - 'at' <> '{}' THEN mark || jsonb_build_object('at', utc(clock_timestamp())) END;
END
$$;
COMMENT ON FUNCTION dated_mark(jsonb) IS 'A mark that changed now, or NULL when nothing is left in it.';

-- Lines ---------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION mark_changed_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (NEW.kot_id, NEW.voided, NEW.name, NEW.quantity, NEW.modifiers, NEW.note, NEW.allergens)
     IS NOT DISTINCT FROM (OLD.kot_id, OLD.voided, OLD.name, OLD.quantity, OLD.modifiers, OLD.note, OLD.allergens) THEN
    -- our own functions write marks inside a trigger, and a guest's words may go
    IF NEW.changed IS NOT NULL AND pg_trigger_depth() = 1 AND NEW.changed IS DISTINCT FROM without_note(OLD.changed) THEN
      NEW.changed := OLD.changed;
    END IF;
    RETURN NEW;
  END IF;
  NEW.changed := OLD.changed;  -- a row that is written back whole takes no mark away
  IF NEW.kot_id <> OLD.kot_id THEN
    PERFORM leave_void(OLD);
    NEW.changed := CASE WHEN kitchen_has(NEW.kot_id) THEN added_mark() END;
  ELSIF OLD.changed IS NOT NULL OR kitchen_has(NEW.kot_id) THEN
    NEW.changed := mark_of_line(OLD.changed, OLD, NEW);
    IF OLD.voided AND NOT NEW.voided AND OLD.acknowledged THEN
      NEW.acknowledged := false;  -- it had left the ticket
      NEW.changed := added_mark();
    END IF;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION mark_changed_line() IS
  'Says beside a line that the kitchen has what it was before, see the head of marks.sql; keeps all others from writing marks.';

CREATE OR REPLACE TRIGGER order_items_mark_change
  BEFORE UPDATE OF kot_id, voided, name, quantity, modifiers, note, allergens, changed ON order_items
  FOR EACH ROW EXECUTE FUNCTION mark_changed_line();
COMMENT ON TRIGGER order_items_mark_change ON order_items IS
  'Marks what a cook has to be told of a line. Of the origin alone: a replica gets the marks with the rows.';

-- Orders --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION mark_changed_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF OLD.table_label = NEW.table_label AND coalesce(OLD.note, '') = coalesce(NEW.note, '') THEN
    RETURN NULL;
  END IF;
  UPDATE kots AS k SET changed = dated_mark(
    add_to_mark(add_to_mark(coalesce(k.changed, '{}'), 'table', to_jsonb(OLD.table_label), to_jsonb(NEW.table_label)),
      'note', note_in_mark(OLD.note), note_in_mark(NEW.note)))
  WHERE k.order_id = NEW.id AND k.status IN ('SENT', 'READY') AND (NOT k.held OR k.changed IS NOT NULL)
    AND NOT is_new_kot(k.sent_at, k.xmin);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION mark_changed_order() IS 'Says beside each KOT that the kitchen has which table and which note its order had before.';

CREATE OR REPLACE TRIGGER orders_mark_change AFTER UPDATE OF table_label, note ON orders
  FOR EACH ROW EXECUTE FUNCTION mark_changed_order();
COMMENT ON TRIGGER orders_mark_change ON orders IS 'Marks its KOTs when an order moves to another table, or has another note.';

CREATE OR REPLACE FUNCTION keep_mark() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.changed IS NOT NULL AND pg_trigger_depth() = 1 AND NEW.changed IS DISTINCT FROM without_note(OLD.changed) THEN
    NEW.changed := OLD.changed;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION keep_mark() IS
  'Keeps all but our own functions from writing a mark of a KOT; NULL, seen, may be written, and the mark without its note.';

CREATE OR REPLACE TRIGGER kots_keep_mark BEFORE UPDATE OF changed ON kots FOR EACH ROW EXECUTE FUNCTION keep_mark();
COMMENT ON TRIGGER kots_keep_mark ON kots IS 'A mark of a KOT is made by orders_mark_change, and taken off by writing NULL.';

-- Rights --------------------------------------------------------------------------------------------------------------

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION is_new_kot(timestamptz, xid), kitchen_has(uuid), mark_of_line(jsonb, order_items, order_items), dated_mark(jsonb),
  mark_changed_line(), mark_changed_order(), keep_mark() FROM PUBLIC;

COMMIT;
