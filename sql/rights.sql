-- rights.sql: what the role that `kds serve` logs in as may do, when it is not the owner of the tables.
--
-- Whoever was granted INSERT on ws_connections is such a role; the rest follows from it here, also what a later version adds.
-- README.md beside this file shows how to make one, and the role of a till. PUBLIC gets nothing from us but functions that
-- only read, with the rights of who calls them.
-- By hand: after views.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

-- kds migrate gives these together with the functions: code that serves calls them at once. Rights on views come with the views,
-- which may have to wait for a long report, and are a statement of their own.
DO $$
DECLARE
  service regrole;
BEGIN
  FOR service IN
    SELECT DISTINCT a.grantee::regrole FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE c.oid = 'public.ws_connections'::regclass AND a.privilege_type = 'INSERT' AND a.grantee NOT IN (0, c.relowner)
  LOOP
    EXECUTE format('GRANT SELECT ON public.branches, public.stations, public.age_thresholds, public.staff, '
      'public.staff_members, public.staff_changes, public.menu_items, public.events, public.event_floors, public.deployment, public.batching, public.batching_flips, '
      'public.schema_migrations TO %s', service);
    EXECUTE format('GRANT UPDATE (ordering_paused, ordering_paused_until) ON public.branches TO %s', service);
    EXECUTE format('GRANT INSERT, DELETE, UPDATE (name, description, section, station, price_cents, available, allergens, modifiers, '
      'position, prep_s, course) ON public.menu_items TO %s', service);
    EXECUTE format('GRANT INSERT, DELETE, UPDATE (name, position) ON public.stations TO %s', service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.dish_stock TO %s', service);
    EXECUTE format('GRANT SELECT ON SEQUENCE public.event_revision TO %s', service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON public.orders, public.kots, public.order_items TO %s', service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.idempotency_keys, public.kitchen_actions, '
      'public.ws_connections, public.staff_sessions TO %s', service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON public.table_codes TO %s', service);
    EXECUTE format('GRANT SELECT, DELETE ON public.revocations, public.staff_links TO %s', service);
    EXECUTE format('GRANT UPDATE (password_hash) ON public.staff TO %s', service);
    EXECUTE format('GRANT EXECUTE ON FUNCTION '
      'public.place_order(uuid, uuid, text, public.order_type, text, text, integer, jsonb), '
      'public.place_round(uuid, uuid, text, text, text, integer, jsonb), '
      'public.place_guest_round(uuid, uuid, text, text, text, integer, jsonb, uuid), public.cancel_unstarted_order(uuid), '
      'public.cancel_unstarted_round(uuid, uuid), public.cancel_round(uuid, uuid, boolean), public.cancel_guest_rounds(uuid, uuid[]), '
      'public.commit_as_announced(), public.answer_again(uuid, text), public.place_once(uuid, text, bytea, uuid, text, '
      'public.order_type, text, text, integer, jsonb, boolean, uuid, text, text), '
      'public.acknowledge_void(uuid, uuid, uuid), public.check_stock(uuid), public.act_as(public.actor_kind), '
      'public.refire_item(uuid, uuid, uuid), public.is_ready_as_whole(uuid), public.fire_due(uuid, uuid[]), public.adopt_epoch(), '
      'public.take_back_fire(uuid, uuid, uuid, uuid), public.forget_some(uuid, integer), '
      'public.prune_events(interval, integer), public.take_batching_lead(text), public.beat_batching(text, text), '
      'public.change_staff(uuid, uuid, uuid, text, text, uuid, text, bytea), public.add_branch(uuid, uuid, text), '
      'public.add_staff(uuid, uuid, text, public.staff_role, text, bytea), '
      'public.end_stale_leader(interval) TO %s', service);
  END LOOP;
END
$$;

DO $$
DECLARE
  service regrole;
BEGIN
  FOR service IN
    SELECT DISTINCT a.grantee::regrole FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE c.oid = 'public.ws_connections'::regclass AND a.privilege_type = 'INSERT' AND a.grantee NOT IN (0, c.relowner)
  LOOP
    EXECUTE format('GRANT SELECT ON public.live_screens, public.trigger_status, public.open_kots, public.relay_status, '
      'public.screens_per_branch, public.events_per_minute, public.kot_ages, public.waiting_kots, public.order_objects, '
      'public.order_objects_one_by_one, public.dish_states TO %s', service);
  END LOOP;
END
$$;

COMMIT;
