"""Starts each server of the fan-out comparison. A peer is installed from its registry into a temporary folder."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tests.bench.cpu import tree
from tests.bench.deployment import branch_id, kitchen_token, start_serving

PEERS = Path(__file__).parent / "peers"
BRANCH = branch_id(1)
TO_ALL = "SELECT pg_notify('bench', order_object(id, branch_id)::text) FROM orders WHERE id = $1"
TO_SOCKET_IO = """SELECT pg_notify('socket.io#/', jsonb_build_object('uid', 'emitter', 'nsp', '/', 'type', 3, 'data',
  jsonb_build_object('opts', '{"rooms": ["branch"], "except": [], "flags": {}}'::jsonb, 'packet',
  jsonb_build_object('type', 2, 'nsp', '/', 'data',
    jsonb_build_array('ORDER_UPDATED', order_object(id, branch_id)))))::text)
FROM orders WHERE id = $1"""
INSTALL_WITHIN_S = 180.0


class NotInstalled(Exception):
    """A peer is not to be had here; says why."""


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    address: str
    path: str
    processes: list[psutil.Process]
    """Those whose CPU counts: the server and, for Nchan, its feeder."""
    notify: str | None = None
    """What a writer sends along for it; ours has triggers of its own."""
    kind: str = "plain"


@asynccontextmanager
async def kds(_folder: Path, dsn: str) -> AsyncIterator[Running]:
    """Ours."""
    process, url = await start_serving(dsn, MAX_SOCKETS="100000")
    async with _ended(process):
        path = f"/kitchen/display?token={kitchen_token(BRANCH)}"
        yield Running(url.removeprefix("http://"), path, tree(process.pid))


@asynccontextmanager
async def bare_send(folder: Path, dsn: str) -> AsyncIterator[Running]:
    """A loop of send() in C, fed through a pipe by a program whose CPU does not count."""
    program = folder / "send_loop"
    await _install("cc", "-O2", "-o", str(program), str(PEERS / "send_loop.c"))
    reading, writing = os.pipe()
    process = await asyncio.create_subprocess_exec(program, stdin=reading, stdout=asyncio.subprocess.PIPE)
    feeder = await asyncio.create_subprocess_exec(
        sys.executable, str(PEERS / "send_feeder.py"), env=_environment(dsn), stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    os.close(reading)
    os.close(writing)
    async with _ended(feeder), _ended(process):
        assert feeder.stderr is not None
        if (await feeder.stderr.readline()).strip() != b"ready":
            raise NotInstalled("its feeder does not start")
        yield Running(f"127.0.0.1:{await _line(process)}", "/", tree(process.pid), TO_ALL)


@asynccontextmanager
async def socket_io(folder: Path, dsn: str) -> AsyncIterator[Running]:
    """Socket.IO with its Postgres adapter."""
    async with _node(folder, dsn, "socketio_server.js") as (port, process):
        path = "/socket.io/?EIO=4&transport=websocket"
        yield Running(f"127.0.0.1:{port}", path, tree(process.pid), TO_SOCKET_IO, "socket.io")


@asynccontextmanager
async def node_ws(folder: Path, dsn: str) -> AsyncIterator[Running]:
    """Node `ws` with `pg`."""
    async with _node(folder, dsn, "ws_server.js") as (port, process):
        yield Running(f"127.0.0.1:{port}", "/", tree(process.pid), TO_ALL)


@asynccontextmanager
async def python_websockets(folder: Path, dsn: str) -> AsyncIterator[Running]:
    """Python `websockets` with asyncpg and uvloop."""
    target = folder / "python"
    if not target.exists():
        await _install(sys.executable, "-m", "pip", "install", "-q", "--target", str(target), "websockets==15.0.1")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PEERS / "websockets_server.py"), stdout=asyncio.subprocess.PIPE,
        env={**_environment(dsn), "PYTHONPATH": str(target)},
    )  # fmt: skip
    async with _ended(process):
        yield Running(f"127.0.0.1:{await _line(process)}", "/", tree(process.pid), TO_ALL)


_NCHAN = """
load_module {module};
pid {folder}/nginx.pid;
error_log stderr error;
worker_processes 1;
daemon off;
events {{ worker_connections 30000; }}
http {{
  access_log off;
  server {{
    listen 127.0.0.1:{port};
    location = /publish {{ nchan_publisher; nchan_channel_id branch; nchan_message_buffer_length 1; }}
    location = /live {{ nchan_subscriber websocket; nchan_channel_id branch; nchan_subscriber_first_message newest; }}
  }}
}}
"""


@asynccontextmanager
async def nchan(folder: Path, dsn: str) -> AsyncIterator[Running]:
    """nginx with Nchan, and the feeder it needs."""
    if shutil.which("nginx") is None:
        raise NotInstalled("no nginx on this machine")
    module = folder / "nchan" / "usr/lib/nginx/modules/ngx_nchan_module.so"
    if not module.exists():
        await _install("apt-get", "download", "-q", "libnginx-mod-nchan", cwd=folder)
        unpack = f"dpkg -x libnginx-mod-nchan*.deb {shlex.quote(str(folder / 'nchan'))}"
        await _install("sh", "-c", unpack, cwd=folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(_NCHAN.format(module=module, folder=folder, port=port))
    process = await asyncio.create_subprocess_exec("nginx", "-c", str(config), "-p", str(folder))
    async with _ended(process):
        await _listening(port)
        publish = f"http://127.0.0.1:{port}/publish"
        feeder = await asyncio.create_subprocess_exec(
            sys.executable, str(PEERS / "nchan_feeder.py"), publish, env=_environment(dsn),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with _ended(feeder):
            await _line(feeder)
            yield Running(f"127.0.0.1:{port}", "/live", [*tree(process.pid), *tree(feeder.pid)], TO_ALL)


SERVERS = {
    "send": bare_send,
    "kds": kds,
    "nchan": nchan,
    "ws": node_ws,
    "websockets": python_websockets,
    "socket.io": socket_io,
}
WORDS = {
    "send": "bare send() loop in C",
    "kds": "kds",
    "nchan": "Nchan with its feeder",
    "ws": "Node ws + pg",
    "websockets": "Python websockets",
    "socket.io": "Socket.IO, Postgres adapter",
}


@asynccontextmanager
async def _node(folder: Path, dsn: str, script: str) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalled("no Node on this machine")
    if not (folder / "node_modules").exists():
        shutil.copy(PEERS / "package.json", folder)
        await _install("npm", "install", "--no-audit", "--no-fund", "--silent", cwd=folder)
    shutil.copy(PEERS / script, folder)
    process = await asyncio.create_subprocess_exec(
        "node", script, cwd=folder, env=_environment(_for_node(dsn)), stdout=asyncio.subprocess.PIPE
    )
    async with _ended(process):
        yield await _line(process), process


def _for_node(dsn: str) -> str:
    """Node's `pg` takes a Unix socket only beside a host's name."""
    return re.sub(r"^postgresql://(\w+)@/", r"postgresql://\1@localhost/", dsn)


async def _install(*command: str, cwd: Path | None = None) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        async with asyncio.timeout(INSTALL_WITHIN_S):
            output, _ = await process.communicate()
    except (OSError, TimeoutError) as error:
        raise NotInstalled(f"{command[0]}: {error or 'no answer'}") from error
    if process.returncode:
        raise NotInstalled(f"{' '.join(command[:3])}: {output.decode().strip()[-200:]}")


def _environment(dsn: str) -> dict[str, str]:
    return {**os.environ, "PEER_DSN": dsn}


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode().strip()
    if not line:
        raise NotInstalled("it ended at its start")
    return line


async def _listening(port: int) -> None:
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise NotInstalled("nginx does not listen")


@asynccontextmanager
async def _ended(process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
