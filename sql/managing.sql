-- managing.sql: what a manager changes of staff: only of those who rank lower, to no rank above the own, and kept in staff_changes.
--
-- Beside the story of an order. Ranks are read under the locks of both members, so that a change of who asks, or of who is changed,
-- that commits meanwhile counts. members.sql ends the logins.
-- By hand: after members.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION role_in(branch uuid, member uuid) RETURNS staff_role
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT m.role FROM public.staff_members AS m JOIN public.staff AS s ON s.id = m.staff_id
  WHERE m.staff_id = member AND m.branch_id = branch
$$;
COMMENT ON FUNCTION role_in(uuid, uuid) IS 'As what a member works in a branch; NULL: not there.';

CREATE OR REPLACE FUNCTION change_staff(
  actor uuid, branch uuid, member uuid, action text, wanted text, other uuid, new_hash text, new_token bytea
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  mine staff_role;
  target public.staff;
  theirs staff_role;
  before text;
  place uuid := branch;
BEGIN
  -- In one order, whoever asks: two who change each other go one after the other.
  PERFORM s.id FROM public.staff AS s WHERE s.id IN (actor, member) ORDER BY s.id FOR UPDATE;
  SELECT * INTO target FROM public.staff AS s WHERE s.id = member;
  theirs := public.role_in(branch, member);
  IF theirs IS NULL THEN
    RETURN 'unknown';
  END IF;
  mine := public.role_in(branch, actor);
  IF coalesce(public.staff_rank(mine), 0) < 3 OR public.staff_rank(mine) <= public.staff_rank(theirs)
     OR NOT (SELECT s.active FROM public.staff AS s WHERE s.id = actor) THEN
    RETURN 'outranked';
  END IF;
  IF action = 'join' THEN
    place := other;
    mine := public.role_in(other, actor);
    IF coalesce(public.staff_rank(mine), 0) < 3 THEN
      RETURN 'unknown_branch';
    END IF;
    before := public.role_in(other, member)::text;
    IF before IS NOT NULL THEN
      RETURN 'joined';
    END IF;
  ELSIF action <> 'role' AND EXISTS (
    SELECT FROM public.staff_members AS m WHERE m.staff_id = member
      AND coalesce(public.staff_rank(public.role_in(m.branch_id, actor)), 0) <= public.staff_rank(m.role)
  ) THEN
    RETURN 'elsewhere';  -- the login as a whole is changed by who ranks higher wherever it works
  END IF;
  IF action IN ('role', 'join') AND public.staff_rank(wanted::staff_role) > public.staff_rank(mine) THEN
    RETURN 'above';
  END IF;

  IF action = 'join' THEN
    INSERT INTO public.staff_members (branch_id, staff_id, role) VALUES (other, member, wanted::staff_role);
  ELSIF action = 'role' THEN
    before := theirs::text;
    IF before = wanted THEN
      RETURN 'done';
    ELSIF wanted IS NOT NULL THEN
      UPDATE public.staff_members AS m SET role = wanted::staff_role WHERE m.staff_id = member AND m.branch_id = branch;
    ELSIF target.branch_id <> branch THEN
      DELETE FROM public.staff_members AS m WHERE m.staff_id = member AND m.branch_id = branch;
    ELSE
      UPDATE public.staff AS s SET branch_id = m.branch_id, role = m.role
      FROM (SELECT k.branch_id, k.role FROM public.staff_members AS k WHERE k.staff_id = member AND k.branch_id <> branch
            ORDER BY k.branch_id LIMIT 1) AS m
      WHERE s.id = member;
      IF NOT FOUND THEN
        RETURN 'only_branch';
      END IF;
    END IF;
  ELSIF action = 'active' THEN
    before := target.active::text;
    IF before = wanted THEN
      RETURN 'done';
    END IF;
    UPDATE public.staff AS s SET active = wanted::boolean WHERE s.id = member;
  ELSIF action = 'end-sessions' THEN
    UPDATE public.staff AS s SET generation = s.generation + 1 WHERE s.id = member;
  ELSIF action = 'password' THEN
    IF NOT target.active THEN
      RETURN 'inactive';
    END IF;
    UPDATE public.staff AS s SET password_hash = new_hash WHERE s.id = member;
    PERFORM public.link_staff(member, new_token);
  ELSE
    RAISE EXCEPTION 'no such action: %', action;
  END IF;
  INSERT INTO public.staff_changes (branch_id, staff_id, username, action, was, became, actor_id, actor_name)
  SELECT place, member, target.username, action, coalesce(before, ''), coalesce(wanted, ''), actor, s.username
  FROM public.staff AS s WHERE s.id = actor;
  RETURN 'done';
END
$$;
COMMENT ON FUNCTION change_staff(uuid, uuid, uuid, text, text, uuid, text, bytea) IS
  'What a member does in a branch to another one: role (NULL takes the branch away), join another branch, active, password, end-sessions. '
  'done, or why not: unknown, outranked, above, elsewhere, unknown_branch, joined, only_branch, inactive.';

CREATE OR REPLACE FUNCTION link_staff(member uuid, new_token bytea) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO public.staff_links (staff_id, token_hash, generation) SELECT s.id, new_token, s.generation FROM public.staff AS s
  WHERE s.id = member
  ON CONFLICT (staff_id) DO UPDATE
  SET token_hash = excluded.token_hash, generation = excluded.generation, expires_at = excluded.expires_at
$$;
COMMENT ON FUNCTION link_staff(uuid, bytea) IS 'A link of the present generation of a member, see staff_links.';

CREATE OR REPLACE FUNCTION add_staff(
  actor uuid, branch uuid, new_name text, new_role staff_role, new_hash text, new_token bytea, OUT outcome text, OUT member uuid
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM s.id FROM public.staff AS s WHERE s.id = actor AND s.active FOR UPDATE;
  IF NOT FOUND OR coalesce(public.staff_rank(public.role_in(branch, actor)), 0) < greatest(3, public.staff_rank(new_role)) THEN
    outcome := 'above';
    RETURN;
  END IF;
  INSERT INTO public.staff (branch_id, username, password_hash, role) VALUES (branch, new_name, new_hash, new_role)
  ON CONFLICT (username) DO NOTHING RETURNING id INTO member;
  IF member IS NULL THEN
    outcome := 'taken';
    RETURN;
  END IF;
  PERFORM public.link_staff(member, new_token);
  INSERT INTO public.staff_changes (branch_id, staff_id, username, action, was, became, actor_id, actor_name)
  SELECT branch, member, new_name, 'add', '', new_role::text, actor, s.username FROM public.staff AS s WHERE s.id = actor;
  outcome := 'done';
END
$$;
COMMENT ON FUNCTION add_staff(uuid, uuid, text, staff_role, text, bytea) IS
  'A member adds another one to a branch, with a link to set the password by. done, or why not: above, taken.';

CREATE OR REPLACE FUNCTION add_branch(actor uuid, branch uuid, new_name text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  added uuid;
BEGIN
  PERFORM s.id FROM public.staff AS s WHERE s.id = actor AND s.active FOR UPDATE;
  IF NOT FOUND OR public.role_in(branch, actor)::text IS DISTINCT FROM 'OWNER' THEN
    RETURN NULL;
  END IF;
  INSERT INTO public.branches (name, timezone, day_starts_at, currency)
  SELECT new_name, b.timezone, b.day_starts_at, b.currency FROM public.branches AS b WHERE b.id = branch RETURNING id INTO added;
  INSERT INTO public.staff_members (branch_id, staff_id, role) SELECT added, actor, m.role FROM public.staff_members AS m
  WHERE m.staff_id = actor AND m.branch_id = branch;
  INSERT INTO public.staff_changes (branch_id, action, was, became, actor_id, actor_name)
  SELECT added, 'add-branch', '', new_name, actor, s.username FROM public.staff AS s WHERE s.id = actor;
  RETURN added;
END
$$;
COMMENT ON FUNCTION add_branch(uuid, uuid, text) IS
  'An owner of a branch adds another one with its time zone, day and currency, and owns that too; NULL: no owner asks.';

REVOKE ALL ON FUNCTION role_in(uuid, uuid), link_staff(uuid, bytea), add_branch(uuid, uuid, text),
  change_staff(uuid, uuid, uuid, text, text, uuid, text, bytea), add_staff(uuid, uuid, text, staff_role, text, bytea) FROM PUBLIC;

COMMIT;
