"""`kds serve`: one production server process, configured by the environment."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from typing import Any

import asyncpg

from kds.config import Config, notices
from kds.errors import ConfigError, SchemaError, TransactionPooler
from kds.garbage import freeze_all
from kds.postgres.connect import UNAVAILABLE_ERRORS, connect, reason
from kds.postgres.migrate.checks import check_code, check_server, present_version
from kds.postgres.migrate.migrations import newest_version
from kds.postgres.statements import load_statements
from kds.process import raise_descriptor_limit, run_event_loop, stop_on_signals
from kds.server import Server

log = logging.getLogger(__name__)

START_TIMEOUT_S = 10.0


def add_parser(subparsers: Any) -> None:
    """Adds `kds serve`."""
    parser = subparsers.add_parser(
        "serve",
        help="serve screens and customers (production)",
        description="Serves on PORT (default 8000) with DATABASE_URL and JWT_SECRET from the environment. "
        "kds/deploy/README.md lists every setting.",
    )
    parser.set_defaults(run=run)


def run(_options: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT, then ends gracefully."""
    try:
        config = Config.from_env(os.environ)
    except ConfigError as error:
        print(f"kds serve cannot start:\n{error}", file=sys.stderr)
        return 1
    for notice in notices(os.environ):
        log.warning("settings: %s", notice)
    raise_descriptor_limit()
    return run_event_loop(_serve(config))


async def _serve(config: Config) -> int:
    await _check_schema(config)
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    server = Server(config)
    try:
        await server.start()
    except OSError as error:
        print(f"kds serve: cannot listen on {_addresses(config)}: {error.strerror or error}", file=sys.stderr)
        await server.stop()
        return 1
    freeze_all()
    print(f"kds serves on {server.url}", flush=True)
    await stopping.wait()
    await server.stop()
    return 0


async def _tell_first_steps(connection: Any) -> None:
    steps = await connection.fetchrow(load_statements().read_first_steps)
    if steps["has_no_staff"]:
        branch = 'kds branch add "NAME OF THE BRANCH" && ' if steps["has_no_branch"] else ""
        log.warning('nobody can log in yet: %skds staff add "NAME OF THE BRANCH" USERNAME --role OWNER', branch)


def _addresses(config: Config) -> str:
    metrics = " or {}:{}".format(*config.metrics_address) if config.metrics_address else ""
    return f"{config.host}:{config.port}{metrics}"


async def _check_schema(config: Config) -> None:
    try:
        connection = await connect(config.listen_url, "kds-check", timeout_s=START_TIMEOUT_S)
    except TransactionPooler:
        raise
    except UNAVAILABLE_ERRORS as error:
        # A database that is away comes back; the process waits for it and readyz says so.
        print(f"kds serve: no database yet ({reason(error)})", file=sys.stderr)
        return
    try:
        await check_server(connection)
        await check_code(connection)
        version = await present_version(connection)
        if version is not None and version >= newest_version():
            await _tell_first_steps(connection)
    except asyncpg.InsufficientPrivilegeError as error:
        raise SchemaError(f"{error}. kds doctor says which rights this role lacks") from error
    finally:
        await connection.close()
    if version is None or version < newest_version():
        found = "no schema" if version is None else f"schema version {version}"
        raise SchemaError(f"the database has {found}, version {newest_version()} is needed. Run: kds migrate")
