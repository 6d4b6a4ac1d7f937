"""One run of the demo: PostgreSQL, the restaurant, the server and the simulation start in turn, and end in reverse."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import shutil
import subprocess
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import asyncpg
import platformdirs

from kds.config import Config
from kds.demo import USUAL_PORT
from kds.demo.folder import DemoFolder
from kds.demo.restaurant import CHEF, MANAGER, OWNER, PICKUP, Restaurant, load_restaurant
from kds.demo.simulation import simulate
from kds.domain.links import Links
from kds.errors import StartError
from kds.postgres.connect import CONNECTION_ERRORS, connect
from kds.postgres.embedded import EmbeddedPostgres
from kds.postgres.migrate.migrate import migrate
from kds.process import raise_descriptor_limit, run_event_loop, stop_on_signals
from kds.server import Server

DATABASE = "kds"
SOCKETS_MAX = 100_000
"""More than a benchmark opens: the system's limit on descriptors comes first."""
ANSWER_WITHIN_S = 60.0
"""How long PostgreSQL may recover after a kill -9."""
CONNECT_TIMEOUT_S = 5.0


def run_demo(options: argparse.Namespace) -> int:
    """Runs the demo until a signal ends it; 0 then.

    Raises:
        KdsError: it cannot start, in words for the one who typed the command.
    """
    folder = DemoFolder(options.data_dir or platformdirs.user_data_path("kds") / "demo")
    with folder.locked():
        if options.reset:
            folder.reset(_say)
        raise_descriptor_limit()
        return run_event_loop(_run(folder, options))


async def _run(folder: DemoFolder, options: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    secret = folder.prepare()
    _say(f"Starting PostgreSQL in {folder.postgres}")
    try:
        async with _running_postgres(folder) as postgres:
            await _create_database(postgres)
            dsn = postgres.dsn(DATABASE)
            restaurant = await _load(dsn, is_rush=options.rush)
            links = Links(secret)
            folder.finish()
            async with _running_server(_config(dsn, secret), options.port) as server:
                _say(_welcome(server.url, restaurant, links, _psql_command(postgres)))
                people = None if options.no_simulate else simulate(server.url, restaurant, links, is_rush=options.rush)
                await _serve(people, stopping)
                _say("Stopping.")
    except subprocess.SubprocessError as error:
        # Ctrl-C reaches initdb and pg_ctl too, when they run just then
        if not stopping.is_set():
            raise StartError(
                f"PostgreSQL does not start. Its log is {folder.postgres / 'log'}; --reset makes everything anew."
            ) from error
    _say("Everything is stopped.")
    return 0


@asynccontextmanager
async def _running_postgres(folder: DemoFolder) -> AsyncIterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(folder.postgres)
    try:
        await asyncio.to_thread(postgres.start)
    except BaseException:
        await asyncio.to_thread(folder.end_orphans)
        raise
    try:
        yield postgres
    finally:
        await asyncio.to_thread(postgres.stop)


async def _create_database(postgres: EmbeddedPostgres) -> None:
    connection = await _connect_when_ready(postgres.dsn())
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()


async def _load(dsn: str, *, is_rush: bool) -> Restaurant:
    try:
        await migrate(dsn, _say)
        return await load_restaurant(dsn, is_rush=is_rush)
    except asyncpg.PostgresError as error:
        message = str(error).partition("\n")[0]
        raise StartError(f"the database of an earlier demo does not fit ({message}). --reset makes it anew.") from error


async def _connect_when_ready(dsn: str) -> Any:
    deadline = asyncio.get_running_loop().time() + ANSWER_WITHIN_S
    while True:
        try:
            return await connect(dsn, "kds-demo", timeout_s=CONNECT_TIMEOUT_S)
        except CONNECTION_ERRORS as error:
            if asyncio.get_running_loop().time() > deadline:
                raise StartError(f"PostgreSQL runs but does not answer: {error}") from error
            await asyncio.sleep(0.1)


def _config(dsn: str, secret: str) -> Config:
    return Config(
        database_url=dsn,
        jwt_secret=secret,
        max_sockets=SOCKETS_MAX,
        max_sockets_per_branch=SOCKETS_MAX,
        max_sockets_per_user=SOCKETS_MAX,
        max_sockets_per_address=SOCKETS_MAX,
        max_customers_per_address=SOCKETS_MAX,
        orders_per_table_per_minute=0,
        orders_per_address_per_minute=0,
        orders_per_branch_per_minute=0,
        open_orders_per_branch=0,
        requests_per_address_per_minute=0,
    )


@asynccontextmanager
async def _running_server(config: Config, asked_port: int | None) -> AsyncIterator[Server]:
    try:
        server = await _start_server(config, USUAL_PORT if asked_port is None else asked_port)
    except OSError as error:
        if asked_port is not None:
            raise StartError(f"cannot listen on port {asked_port}: {error.strerror}. Choose another --port.") from error
        _say(f"Port {USUAL_PORT} is taken by another program: using a free one.")
        server = await _start_server(config, 0)
    try:
        yield server
    finally:
        await server.stop()


async def _start_server(config: Config, port: int) -> Server:
    server = Server(replace(config, port=port))
    try:
        await server.start()
    except OSError:
        await server.stop()
        raise
    return server


async def _serve(people: Coroutine[Any, Any, None] | None, stopping: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as tasks:
        simulation = tasks.create_task(people) if people else None
        await stopping.wait()
        if simulation is not None:
            simulation.cancel()


def _psql_command(postgres: EmbeddedPostgres) -> str:
    psql = "psql" if shutil.which("psql") else str(postgres.bin_path / "psql")
    return shlex.join([psql, postgres.dsn(DATABASE)])


def _welcome(url: str, restaurant: Restaurant, links: Links, psql: str) -> str:
    table = restaurant.tables[0]
    link = urlencode({"table": table, "tableToken": links.table_token(restaurant.branch_id, table)})
    return f"""
The restaurant is open.

  start here   {url}/
  kitchen      {url}/kitchen
  table {table}     {url}/order/{restaurant.branch_id}?{link}
  back office  {url}/manager
  pickup       {url}/pickup/{restaurant.branch_id}

  log in as    {CHEF.username} / {CHEF.password} (role {CHEF.role})
               {MANAGER.username} / {MANAGER.password} (role {MANAGER.role})
               {OWNER.username} / {OWNER.password} (role {OWNER.role})
               {PICKUP.username} / {PICKUP.password} (role {PICKUP.role})

The database, for psql:

  {psql}

Ctrl-C stops everything.
"""


def _say(line: str) -> None:
    print(line, flush=True)
