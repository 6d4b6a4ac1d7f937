-- 0022: when a KOT is cooked: courses, why it waits and until when, and for when an order is promised.
--
-- Forward only; kds migrate runs it in one transaction. New columns that are NULL or constant rewrite nothing, and the code
-- before this version does not see them: it holds and fires by kots.held as before, and shows an order that is promised for
-- later at once, held. The two indexes that large tables need come with 0023.

CREATE TYPE kot_wait AS ENUM ('HAND', 'TIME', 'COURSE', 'PAYMENT', 'TOGETHER');
COMMENT ON TYPE kot_wait IS
  'Why a KOT is not cooked yet: until a cook fires it; until fire_at; until the course before it is through; until the order is paid; '
  'until fire_at, so that all of the order is ready at once.';
CREATE TYPE course_firing AS ENUM ('HAND', 'READY', 'MINUTES');
COMMENT ON TYPE course_firing IS
  'What fires the next course of an order: a cook; that the one before is READY; so many minutes since the one before was fired.';

ALTER TABLE branches ADD COLUMN courses_fire course_firing NOT NULL DEFAULT 'HAND';
ALTER TABLE branches ADD COLUMN course_minutes integer NOT NULL DEFAULT 15
  CONSTRAINT branches_course_minutes_within_a_meal CHECK (course_minutes BETWEEN 1 AND 240);
COMMENT ON TABLE kots IS 'Kitchen order ticket: what one station cooks for one order in one round and course.';
COMMENT ON COLUMN branches.courses_fire IS 'What fires the next course of an order. By hand any course can be fired at any time.';
COMMENT ON COLUMN branches.course_minutes IS 'For MINUTES: how long after the course before.';

ALTER TABLE menu_items ADD COLUMN prep_s integer CONSTRAINT menu_items_prep_within_two_hours CHECK (prep_s BETWEEN 0 AND 7200);
ALTER TABLE menu_items ADD COLUMN course integer CONSTRAINT menu_items_course_small CHECK (course BETWEEN 1 AND 99);
COMMENT ON COLUMN menu_items.prep_s IS 'How many seconds it takes to cook at least; an order for later is fired so long before. NULL: as the kitchen is measured.';
COMMENT ON COLUMN menu_items.course IS 'In which course guests at a table get it: 1, 2, 3 ...; NULL: with the first.';

ALTER TABLE orders ADD COLUMN due_at timestamptz;
ALTER TABLE orders ADD COLUMN lead_s integer;
COMMENT ON COLUMN orders.due_at IS 'Promised for then; its number and business day are those of that time. NULL: as soon as it can be.';
COMMENT ON COLUMN orders.lead_s IS
  'How many seconds before due_at it is fired, worked out when it comes near, see work_out_lead(); NULL while it is later: boards only count it.';

ALTER TABLE kots ADD COLUMN course integer;
ALTER TABLE kots ADD COLUMN waits_for kot_wait[];
ALTER TABLE kots ADD COLUMN fire_at timestamptz;
ALTER TABLE kots ADD COLUMN started_at timestamptz;
COMMENT ON COLUMN kots.held IS
  'Not to be cooked yet: grey and untimed on the boards until it is fired. Writing it is enough: true is waits_for {HAND}, false fires it.';
COMMENT ON COLUMN kots.course IS
  '1, 2, 3 ..., see check_kot(); a course waits for those before it as the branch has it. NULL: no courses, cooked as the first.';
COMMENT ON COLUMN kots.waits_for IS
  'Why it is held; NULL: it is not. It is fired when nothing is left, by settle_waits(). View waiting_kots says it in words.';
COMMENT ON COLUMN kots.fire_at IS
  'When the clock looks at a held KOT next, see fire_due(): it is fired then, or the clock works out when. NULL: it waits for something else.';
COMMENT ON COLUMN kots.started_at IS 'A cook has begun with it: a guest cannot cancel it any more. Written by whoever knows.';
COMMENT ON COLUMN kots.fired_at IS 'When a held KOT was let go: its age counts from then. NULL: never held. Set by settle_waits() when its writer does not.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (22, 'fire_later', 1);
