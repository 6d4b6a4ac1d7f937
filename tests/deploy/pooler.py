"""PgBouncer before a server, for whichever role and database of it a client asks."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from tests.deploy.conftest import Programs, sbin
from tests.patience import eventually
from tests.system_postgres import PASSWORD, SystemPostgres, free_port, required

CONFIG = """[databases]
* = host=127.0.0.1 port={postgres}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
server_tls_sslmode = {server_tls}
pool_mode = {mode}
default_pool_size = {size}
{tls}
"""
TLS = """client_tls_sslmode = require
client_tls_cert_file = {certificate}
client_tls_key_file = {key}
"""


async def start_pooler(
    programs: Programs,
    server: SystemPostgres,
    roles: Sequence[str],
    database: str,
    *,
    mode: str,
    tls: tuple[Path, Path] | None = None,
) -> int:
    """A pooler that gives each transaction, or client, any of its backends; its port. `tls`: a certificate, its key."""
    program = sbin("pgbouncer")
    required("pgbouncer", program)
    port, name = free_port(), f"pooler-{secrets.token_hex(4)}"
    users, config = (server.folder / f"{name}{suffix}" for suffix in (".users", ".ini"))
    users.write_text("".join(f'"{role}" "{PASSWORD}"\n' for role in roles))
    text = CONFIG.format(
        postgres=server.port, port=port, users=users, mode=mode, size=3 if mode == "transaction" else 20,
        server_tls="require" if server.has_tls else "disable",
        tls=TLS.format(certificate=tls[0], key=tls[1]) if tls else "",
    )  # fmt: skip
    config.write_text(text)
    # it refuses to run as root
    user = ["-u", server.user] if os.getuid() == 0 else []
    if os.getuid() == 0:
        for path in (users, config):
            shutil.chown(path, server.user)
    process, log = await programs.start(program, "-q", *user, config)

    async def is_up() -> bool:
        assert process.returncode is None, log.read_text()
        url = f"postgres://{roles[0]}:{PASSWORD}@127.0.0.1:{port}/{database}?sslmode={'require' if tls else 'disable'}"
        try:
            await (await asyncpg.connect(url, statement_cache_size=0)).close()
        except OSError:
            return False
        return True

    await eventually(is_up)
    return port
