-- 0035: what a KOT waited for that a cook fired is kept with the deed, so that the fire can be taken back.
--
-- Forward only; kds migrate runs it in one transaction. A new column that is NULL rewrites nothing. The code before this version
-- writes rows without it: what that fires cannot be taken back, only held by hand.

ALTER TABLE kitchen_actions ADD COLUMN waited jsonb;
COMMENT ON COLUMN kitchen_actions.waited IS
  'What each KOT waited for that a cook fired, so that take_back_fire() can put it back: {"<kot>": {"waitsFor": ["COURSE"], "fireAt": ..., '
  '"firedBefore": ..., "firedAt": ..., "later": true}}. Written by the service.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (35, 'take_back_fires', 1);
