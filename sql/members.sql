-- members.sql: which branches a member of staff works in, and as what; a change of it ends the logins of before.
--
-- Beside the story of an order. staff.branch_id and staff.role are the branch that a login opens by itself, and the role there; they
-- stand in staff_members too, which has a row for each branch. Whichever of the two is written, by code of before version 30 or in
-- plain SQL, the other follows; but not where rows are replicated, for both tables are. A branch that has an owner keeps one.
-- By hand: after staff.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;

SELECT take_tables('staff', 'staff_members');

CREATE OR REPLACE FUNCTION staff_rank(role staff_role) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE role::text WHEN 'OWNER' THEN 4 WHEN 'MANAGER' THEN 3 WHEN 'PICKUP' THEN 1 ELSE 2 END
$$;
COMMENT ON FUNCTION staff_rank(staff_role) IS
  'OWNER 4, MANAGER 3, KITCHEN and WAITER 2, PICKUP 1: who changes a login must rank higher. kds/web/login/ranks.py says what each may do.';

CREATE OR REPLACE FUNCTION settle_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    IF EXISTS (SELECT FROM public.staff_members) THEN  -- a statement that empties both holds both until it ends
      TRUNCATE public.staff_members;
    END IF;
    RETURN NULL;
  ELSIF TG_OP = 'DELETE' THEN
    DELETE FROM public.staff_members AS m WHERE m.staff_id = OLD.id;
    RETURN NULL;
  ELSIF TG_OP = 'UPDATE' THEN
    UPDATE public.staff_members AS m SET staff_id = NEW.id WHERE m.staff_id = OLD.id AND NEW.id <> OLD.id;
  END IF;
  INSERT INTO public.staff_members AS m (branch_id, staff_id, role) VALUES (NEW.branch_id, NEW.id, NEW.role)
  ON CONFLICT (staff_id, branch_id) DO UPDATE SET role = excluded.role WHERE m.role <> excluded.role;
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM public.staff_members AS m WHERE m.staff_id = NEW.id AND m.branch_id = OLD.branch_id AND OLD.branch_id <> NEW.branch_id;
  END IF;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION settle_members() IS 'Writes into staff_members what staff says: role and branch, moved, gone.';

-- Named to come after staff_revoke_update: what it changes of staff in turn is revoked last.
CREATE OR REPLACE TRIGGER staff_settle_members AFTER INSERT OR UPDATE OF id, branch_id, role OR DELETE ON staff
  FOR EACH ROW EXECUTE FUNCTION settle_members();
COMMENT ON TRIGGER staff_settle_members ON staff IS 'The branch of a login and its role there stand in staff_members.';

CREATE OR REPLACE TRIGGER staff_settle_members_truncate AFTER TRUNCATE ON staff FOR EACH STATEMENT EXECUTE FUNCTION settle_members();
COMMENT ON TRIGGER staff_settle_members_truncate ON staff IS 'Nobody works anywhere when the table is emptied.';

CREATE OR REPLACE FUNCTION meet_member() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM public.staff_members AS m WHERE (m.staff_id, m.branch_id, m.role) = (NEW.staff_id, NEW.branch_id, NEW.role)) THEN
    RETURN NULL;
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION meet_member() IS
  'A row that says what staff has said already is no second one: rows restored while triggers act bring both tables.';

CREATE OR REPLACE TRIGGER staff_members_meet BEFORE INSERT ON staff_members FOR EACH ROW EXECUTE FUNCTION meet_member();
COMMENT ON TRIGGER staff_members_meet ON staff_members IS 'What stands already is taken for said.';

CREATE OR REPLACE FUNCTION end_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
BEGIN
  DELETE FROM public.staff_links AS l WHERE l.staff_id = NEW.staff_id;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION end_link() IS 'Whoever made a link for a member in one branch may keep it: it opens no further one.';

CREATE OR REPLACE TRIGGER staff_members_end_link AFTER INSERT ON staff_members FOR EACH ROW EXECUTE FUNCTION end_link();
COMMENT ON TRIGGER staff_members_end_link ON staff_members IS 'Who joins a branch needs a new link, made by somebody who ranks high enough there.';

CREATE OR REPLACE FUNCTION change_member() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT FROM public.staff AS s WHERE s.id = OLD.staff_id AND s.branch_id = OLD.branch_id) THEN
      RAISE EXCEPTION 'The login opens this branch by itself. UPDATE staff SET branch_id, role to another one of its branches instead.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'staff_members_keep_home';
    END IF;
    UPDATE public.staff AS s SET generation = s.generation + 1 WHERE s.id = OLD.staff_id;
    RETURN NULL;
  END IF;
  IF NEW.branch_id <> OLD.branch_id THEN
    RAISE EXCEPTION 'A membership never changes its branch: INSERT the one, DELETE the other.'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'staff_members_keep_branch';
  END IF;
  UPDATE public.staff AS s SET generation = s.generation + 1,
    role = CASE WHEN s.branch_id = NEW.branch_id THEN NEW.role ELSE s.role END
  WHERE s.id = NEW.staff_id AND (s.branch_id <> NEW.branch_id OR s.role <> NEW.role);
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION change_member() IS 'Ends the logins of a member whose role changed in a branch, or who left it; those of before knew the role.';

CREATE OR REPLACE TRIGGER staff_members_change AFTER UPDATE ON staff_members FOR EACH ROW
  WHEN (OLD.role <> NEW.role OR OLD.branch_id <> NEW.branch_id) EXECUTE FUNCTION change_member();
COMMENT ON TRIGGER staff_members_change ON staff_members IS 'Another role is another login; staff follows.';

CREATE OR REPLACE TRIGGER staff_members_leave AFTER DELETE ON staff_members FOR EACH ROW EXECUTE FUNCTION change_member();
COMMENT ON TRIGGER staff_members_leave ON staff_members IS 'Who left a branch is out of it at once.';

CREATE OR REPLACE FUNCTION keep_an_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  owned uuid;
BEGIN
  FOR owned IN
    -- of a member only, or of a branch only
    SELECT m.branch_id FROM public.staff_members AS m WHERE TG_TABLE_NAME = 'staff' AND m.staff_id = (to_jsonb(OLD) ->> 'id')::uuid
      AND m.role::text = 'OWNER'
    UNION SELECT (to_jsonb(OLD) ->> 'branch_id')::uuid WHERE TG_TABLE_NAME = 'staff_members'
    ORDER BY 1
  LOOP
    -- Two who go at once go one after the other; orders do not wait. A branch that goes itself needs no owner.
    PERFORM FROM public.branches AS b WHERE b.id = owned FOR NO KEY UPDATE;
    CONTINUE WHEN NOT FOUND;
    -- In REPEATABLE READ the second sees the first still: to lock what another has changed meanwhile is refused with 40001. Who has not
    -- come so far waits for the branch, not to be waited for.
    PERFORM FROM public.staff_members AS m JOIN public.staff AS s ON s.id = m.staff_id
    WHERE m.branch_id = owned AND m.role::text = 'OWNER' FOR NO KEY UPDATE OF m, s SKIP LOCKED;
    IF NOT EXISTS (
      SELECT FROM public.staff_members AS m JOIN public.staff AS s ON s.id = m.staff_id
      WHERE m.branch_id = owned AND m.role::text = 'OWNER' AND s.active
    ) THEN
      RAISE EXCEPTION 'This is the last owner of branch %. Make somebody else its OWNER first.', owned
        USING ERRCODE = 'check_violation', CONSTRAINT = 'staff_members_keep_an_owner';
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION keep_an_owner() IS 'Refuses that the last active OWNER of a branch goes, in whatever way, two at once too.';

CREATE OR REPLACE TRIGGER staff_keep_an_owner AFTER UPDATE OF active ON staff FOR EACH ROW
  WHEN (OLD.active AND NOT NEW.active) EXECUTE FUNCTION keep_an_owner();
COMMENT ON TRIGGER staff_keep_an_owner ON staff IS 'The last owner is not deactivated.';

CREATE OR REPLACE TRIGGER staff_members_keep_an_owner AFTER UPDATE OF role ON staff_members FOR EACH ROW
  WHEN (OLD.role::text = 'OWNER' AND NEW.role::text <> 'OWNER') EXECUTE FUNCTION keep_an_owner();
COMMENT ON TRIGGER staff_members_keep_an_owner ON staff_members IS 'The last owner keeps that role.';

CREATE OR REPLACE TRIGGER staff_members_leave_an_owner AFTER DELETE ON staff_members FOR EACH ROW
  WHEN (OLD.role::text = 'OWNER') EXECUTE FUNCTION keep_an_owner();
COMMENT ON TRIGGER staff_members_leave_an_owner ON staff_members IS 'The last owner does not leave.';

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION settle_members(), meet_member(), end_link(), change_member(), keep_an_owner() FROM PUBLIC;

COMMIT;
