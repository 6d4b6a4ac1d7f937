-- staff.sql: a login ends on every process when the member of staff is deactivated, changed or deleted, or signs out.
--
-- Beside the story of an order: whoever writes staff or staff_sessions, a DBA too, leaves a row that every process reads within a
-- second; kds_control makes it quick (kds/web/login).
-- By hand: after sums.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('staff', 'staff_sessions');

CREATE OR REPLACE FUNCTION raise_generation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Above all that were before, also of a row that was deleted or restored since; the clock alone could stand still.
  NEW.generation := greatest(OLD.generation + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION raise_generation() IS 'Begins a new generation of the tokens of a member of staff: those before are refused.';

CREATE OR REPLACE TRIGGER staff_raise_generation BEFORE UPDATE ON staff FOR EACH ROW
  WHEN (OLD.active <> NEW.active OR OLD.role <> NEW.role OR OLD.branch_id <> NEW.branch_id
        OR OLD.password_hash <> NEW.password_hash OR OLD.generation <> NEW.generation OR OLD.id <> NEW.id)
  EXECUTE FUNCTION raise_generation();
ALTER TABLE staff ENABLE ALWAYS TRIGGER staff_raise_generation;
COMMENT ON TRIGGER staff_raise_generation ON staff IS 'A deactivated or changed member must log in anew.';

CREATE OR REPLACE FUNCTION revoke_staff() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO public.revocations (staff_id, generation) SELECT s.id, s.generation + 1 FROM public.staff AS s
    ON CONFLICT (staff_id) DO UPDATE
    SET revoked_at = excluded.revoked_at, generation = excluded.generation, xid = excluded.xid;
    PERFORM pg_notify('kds_control', '{"type":"STAFF_REVOKED"}');
    RETURN NULL;
  END IF;
  INSERT INTO public.revocations (staff_id, generation)
  VALUES (OLD.id, CASE TG_OP WHEN 'DELETE' THEN OLD.generation + 1 ELSE NEW.generation END)
  ON CONFLICT (staff_id) DO UPDATE
  SET revoked_at = excluded.revoked_at, generation = excluded.generation, xid = excluded.xid;
  PERFORM pg_notify('kds_control', json_build_object('type', 'STAFF_REVOKED', 'staffId', OLD.id)::text);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION revoke_staff() IS
  'Ends the tokens and open screens of a member of staff on every process, through revocations; kds_control makes it quick.';

CREATE OR REPLACE TRIGGER staff_revoke_update AFTER UPDATE ON staff FOR EACH ROW
  WHEN (OLD.generation <> NEW.generation OR OLD.id <> NEW.id)
  EXECUTE FUNCTION revoke_staff();
ALTER TABLE staff ENABLE ALWAYS TRIGGER staff_revoke_update;
COMMENT ON TRIGGER staff_revoke_update ON staff IS 'Tokens of an earlier generation end.';

CREATE OR REPLACE TRIGGER staff_revoke_delete AFTER DELETE ON staff FOR EACH ROW EXECUTE FUNCTION revoke_staff();
ALTER TABLE staff ENABLE ALWAYS TRIGGER staff_revoke_delete;
COMMENT ON TRIGGER staff_revoke_delete ON staff IS 'A deleted member is out at once.';

CREATE OR REPLACE TRIGGER staff_revoke_truncate BEFORE TRUNCATE ON staff FOR EACH STATEMENT EXECUTE FUNCTION revoke_staff();
ALTER TABLE staff ENABLE ALWAYS TRIGGER staff_revoke_truncate;
COMMENT ON TRIGGER staff_revoke_truncate ON staff IS 'So are all, when the table is emptied.';

CREATE OR REPLACE FUNCTION tell_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.xid := pg_current_xact_id();
  NEW.changed_at := clock_timestamp();
  IF NEW.ended THEN
    PERFORM pg_notify('kds_control', json_build_object('type', 'SESSION_ENDED', 'staffId', NEW.staff_id)::text);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION tell_session() IS 'Marks a changed session for every process to find, whoever changed it.';

CREATE OR REPLACE TRIGGER staff_sessions_tell BEFORE INSERT OR UPDATE ON staff_sessions FOR EACH ROW EXECUTE FUNCTION tell_session();
ALTER TABLE staff_sessions ENABLE ALWAYS TRIGGER staff_sessions_tell;
COMMENT ON TRIGGER staff_sessions_tell ON staff_sessions IS 'An ended session closes its screens everywhere.';

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION raise_generation(), revoke_staff(), tell_session() FROM PUBLIC;

COMMIT;
