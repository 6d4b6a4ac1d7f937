-- 0015: the key of a cook's request is remembered with what was asked and answered, also when it changed nothing.
--
-- Forward only; kds migrate runs it in one transaction. New columns that are NULL or constant rewrite nothing. The code before
-- this version writes rows without them, and takes a row that changed nothing for one that did: it changes nothing either.

ALTER TABLE kitchen_actions ADD COLUMN undo boolean;
ALTER TABLE kitchen_actions ADD COLUMN changed boolean NOT NULL DEFAULT true;
ALTER TABLE kitchen_actions ADD COLUMN refusal text;
COMMENT ON COLUMN kitchen_actions.undo IS
  'Whether the step took a mistake back. NULL where there is no such difference, and for what was done before version 15.';
COMMENT ON COLUMN kitchen_actions.changed IS
  'Not: the row is no deed, it remembers an action_key only, whose request found things as it wanted them, or was refused.';
COMMENT ON COLUMN kitchen_actions.refusal IS 'Why the request with this action_key was refused: so is each repeat of it.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (15, 'remember_every_action', 1);
