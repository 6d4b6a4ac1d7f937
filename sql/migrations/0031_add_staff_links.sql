-- 0031: a member sets the own password by a link that works once, within an hour.
--
-- Forward only; kds migrate runs it in one transaction.

CREATE TABLE staff_links (
  staff_id uuid CONSTRAINT staff_links_pkey PRIMARY KEY,
  token_hash bytea NOT NULL CONSTRAINT staff_links_token_key UNIQUE,
  generation bigint NOT NULL,
  expires_at timestamptz NOT NULL DEFAULT clock_timestamp() + interval '1 hour'
);
COMMENT ON TABLE staff_links IS
  'By which link a member may set a password: the SHA-256 of its token. Over with the generation of the member that it was made in, so '
  'also once it was used; a row goes when its hour is over. Written by kds staff and the service. No foreign key, as in staff_members.';

INSERT INTO schema_migrations (version, name, oldest_code) VALUES (31, 'add_staff_links', 1);
