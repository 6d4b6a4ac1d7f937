-- placing.sql: a guest's order is written once, however often it is sent, and nothing is acknowledged that is not kept.
--
-- Before step 1 of the story. The order page reads what an order must pass by read_door of queries/guests.sql, then calls
-- place_once(), which is a transaction by itself.
-- By hand: after rounds.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION commit_as_announced() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF current_setting('synchronous_commit') IN ('off', 'local') THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
END
$$;
COMMENT ON FUNCTION commit_as_announced() IS
  'For a transaction that announces nothing, but acknowledges what one did that does: its commit waits for the same, as write_event() has it.';

CREATE OR REPLACE FUNCTION answer_again(branch uuid, used_key text) RETURNS TABLE (request_hash bytea, answer text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  PERFORM commit_as_announced();
  -- Written as it is: a transaction that only reads waits for no standby, and would acknowledge what none may have.
  RETURN QUERY UPDATE idempotency_keys AS i SET answer = i.answer WHERE i.branch_id = branch AND i.key = used_key
  RETURNING i.request_hash, i.answer;
END
$$;
COMMENT ON FUNCTION answer_again(uuid, text) IS
  'What was answered to the order with this key, and the hash of that request; no row when the key was never used. Its commit waits for '
  'what that of the order waited for.';

CREATE OR REPLACE FUNCTION place_once(
  branch uuid, once_key text, hash bytea, new_order uuid, table_name text, type order_type, customer text, order_note text,
  total integer, lines jsonb, is_round boolean, expected_order uuid, answer_head text, answer_tail text
) RETURNS TABLE (is_new boolean, request_hash bytea, answer text)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
  placed uuid := new_order;
  number integer;
BEGIN
  WHILE once_key IS NOT NULL LOOP
    -- Waits for a transaction that is just using the key.
    INSERT INTO idempotency_keys (branch_id, key, request_hash) VALUES (branch, once_key, hash)
    ON CONFLICT (branch_id, key) DO NOTHING;
    EXIT WHEN FOUND;
    RETURN QUERY SELECT false, a.request_hash, a.answer FROM answer_again(branch, once_key) AS a;
    IF FOUND THEN
      RETURN;
    END IF;  -- else it was a day old, and has just been pruned
  END LOOP;
  IF is_round THEN
    SELECT r.order_id, r.order_number INTO placed, number
    FROM place_guest_round(new_order, branch, table_name, customer, order_note, total, lines, new_order) AS r;
    IF placed <> expected_order THEN
      RAISE serialization_failure USING MESSAGE = 'the open order of this table is another by now';
    END IF;
  ELSE
    number := place_order(new_order, branch, table_name, type, customer, order_note, total, lines);
  END IF;
  answer := answer_head || number || answer_tail;
  UPDATE idempotency_keys AS i SET answer = place_once.answer WHERE i.branch_id = branch AND i.key = once_key;
  is_new := true;
  RETURN NEXT;
END
$$;
COMMENT ON FUNCTION place_once(
  uuid, text, bytea, uuid, text, order_type, text, text, integer, jsonb, boolean, uuid, text, text
) IS
  'Places a guest''s order in one transaction: claims its key, writes it by place_order() or, as a round, by place_guest_round(), and keeps '
  'the answer, which is answer_head, the number of the order and answer_tail. A key that was used before: not is_new, and what was kept. '
  'once_key NULL: nothing is kept. Whoever understands KD086 calls check_stock() after it, in the same statement. A round that would join another order than the answer names is a serialization failure: read again.';

-- Rights --------------------------------------------------------------------------------------------------------------

REVOKE ALL ON FUNCTION commit_as_announced(), answer_again(uuid, text),
  place_once(uuid, text, bytea, uuid, text, order_type, text, text, integer, jsonb, boolean, uuid, text, text) FROM PUBLIC;

COMMIT;
