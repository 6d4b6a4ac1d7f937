-- 0009: logins end without asking a clock: a generation for each member of staff, and the sessions that are over.
--
-- Forward only; kds migrate runs it in one transaction. New columns with constant defaults rewrite nothing, and the code
-- before this version does not see them: tokens it goes on issuing are judged by revoked_at, as ever.

ALTER TABLE staff ADD COLUMN generation bigint NOT NULL DEFAULT 0;
ALTER TABLE staff ALTER COLUMN generation SET DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
COMMENT ON COLUMN staff.generation IS
  'Raised by a trigger when role, branch, password or active change, or by whoever writes it; tokens of a lower one are refused.';

ALTER TABLE revocations ADD COLUMN generation bigint NOT NULL DEFAULT 0;
ALTER TABLE revocations ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX revocations_xid_idx ON revocations (xid);
COMMENT ON TABLE revocations IS
  'Tokens of this member of a lower generation are refused. Written by the triggers on staff, told on kds_control, read by every process '
  'at least once a second; a row goes after 32 days, when no such token lives. No foreign key, for it outlives the member.';
COMMENT ON COLUMN revocations.revoked_at IS 'For tokens that say no generation, issued before version 9: refused when they are older.';
COMMENT ON COLUMN revocations.xid IS 'Which transaction wrote the row: processes read what committed since the snapshot of their last read.';

CREATE TABLE staff_sessions (
  session_id uuid CONSTRAINT staff_sessions_pkey PRIMARY KEY,
  staff_id uuid NOT NULL,
  turn integer NOT NULL DEFAULT 0 CONSTRAINT staff_sessions_turn_not_negative CHECK (turn >= 0),
  ended boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '32 days',
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX staff_sessions_xid_idx ON staff_sessions (xid);
CREATE INDEX staff_sessions_expires_idx ON staff_sessions (expires_at);
COMMENT ON TABLE staff_sessions IS
  'Logins that were renewed or signed out, from POST /staff/login to there; a login that was neither has no row. Written by the service, '
  'told on kds_control when one ends, read by every process at least once a second; a row goes when none of its tokens can live.';
COMMENT ON COLUMN staff_sessions.turn IS 'How often it was renewed, as far as the new token was used: tokens of an earlier turn are over.';
COMMENT ON COLUMN staff_sessions.ended IS 'Signed out: none of its tokens is taken any more, and its screens close.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (9, 'add_staff_sessions', 1);
