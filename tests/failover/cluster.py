"""Three nodes and an etcd, on loopback, in one folder."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import asyncpg

from tests.failover.node import USER, Node
from tests.patience import eventually
from tests.system_postgres import PASSWORD, free_port, programs

STARTED_WITHIN_S = 120.0
"""No promise: a busy machine is slow."""


class Member(NamedTuple):
    """What Patroni says of a node."""

    name: str
    role: str
    """leader, sync_standby, replica ..."""
    state: str


def missing() -> str | None:
    """What is not installed here that a cluster needs, and from where it comes; None when all is there."""
    if sys.platform != "linux":
        return "the nodes are frozen and killed by what Linux offers"
    if importlib.util.find_spec("patroni") is None:
        return "Patroni is not installed: pip install -e '.[failover]'"
    if shutil.which("etcd") is None:
        return "etcd is not installed: .ci/run says from which package it comes"
    return None if programs() is not None else "PostgreSQL is not installed: .ci/run says from which package it comes"


class Cluster:
    """The nodes by name; `order` is how they stand in the URL of the service."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.order = list(self.nodes)

    def url(self, database: str = "kds") -> str:
        """All hosts, as a deployer writes them."""
        hosts = ",".join(f"127.0.0.1:{self.nodes[name].port}" for name in self.order)
        return f"postgres://postgres:{PASSWORD}@{hosts}/{database}"

    async def members(self) -> list[Member]:
        """What the first Patroni that answers says."""
        for node in self.nodes.values():
            try:
                answer = await self._ask(node, "GET", "/cluster")
            except (aiohttp.ClientError, OSError, TimeoutError):
                continue
            return [Member(each["name"], each["role"], each["state"]) for each in answer["members"]]
        return []

    async def leader(self) -> Node:
        """The primary.

        Raises:
            LookupError: there is none now.
        """
        for member in await self.members():
            if member.role == "leader" and member.state == "running":
                return self.nodes[member.name]
        raise LookupError("no node leads")

    async def synchronous_standby(self) -> Node:
        """The standby that commits wait for.

        Raises:
            LookupError: there is none now.
        """
        for member in await self.members():
            if member.role == "sync_standby":
                return self.nodes[member.name]
        raise LookupError("no standby is synchronous")

    async def promoted_at(self) -> float:
        """When the primary that there is became one, in seconds since the epoch."""
        *_, (_, _, _, when, _) = await self._ask(await self.leader(), "GET", "/history")
        return datetime.fromisoformat(when).timestamp()

    async def is_whole(self) -> bool:
        """Whether one leads and two follow it, one of them synchronously."""
        roles = sorted(member.role for member in await self.members() if member.state in {"running", "streaming"})
        return roles == ["leader", "replica", "sync_standby"]

    async def whole(self) -> None:
        """Returns when it is."""
        await eventually(self.is_whole, STARTED_WITHIN_S)

    async def switch_over(self) -> None:
        """Has the synchronous standby take over, as a DBA does."""
        leader, candidate = await self.leader(), await self.synchronous_standby()
        await self._ask(leader, "POST", "/switchover", {"leader": leader.name, "candidate": candidate.name})

    async def _ask(self, node: Node, method: str, path: str, body: Any = None) -> Any:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60 if body else 3)) as http,
            http.request(method, node.control_url + path, json=body) as answer,
        ):
            text = await answer.text()
            if answer.status != 200:
                raise aiohttp.ClientError(f"{method} {path}: {answer.status} {text}")
            return await answer.json(content_type=None) if method == "GET" else text

    async def sql(self, statement: str, *arguments: object, database: str = "kds") -> Any:
        """The first value of a statement, asked at the primary."""
        connection = await asyncpg.connect((await self.leader()).superuser_dsn(database))
        try:
            return await connection.fetchval(statement, *arguments)
        finally:
            connection.terminate()


@asynccontextmanager
async def open_cluster() -> AsyncIterator[Cluster]:
    """A whole cluster with an empty database kds, which leaves nothing behind."""
    found = programs()
    assert found is not None
    async with AsyncExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="kds-failover-", ignore_cleanup_errors=True))
        folder = Path(name)
        if os.getuid() == 0:
            shutil.chown(folder, USER)
        etcd_port = await stack.enter_async_context(_etcd(folder))
        nodes = [Node(f"node{number}", folder, found.parent, etcd_port) for number in (1, 2, 3)]
        for node in nodes:
            stack.push_async_callback(node.close)
            await node.open()
        cluster = Cluster(nodes)
        for node in nodes:
            await node.start()
        try:
            await cluster.whole()
        except TimeoutError:
            for node in nodes:
                print(node.name, (node.folder / "log").read_text()[-3000:], file=sys.stderr)
            raise
        await cluster.sql("CREATE DATABASE kds", database="postgres")
        yield cluster


@asynccontextmanager
async def _etcd(folder: Path) -> AsyncIterator[int]:
    port, peer = free_port(), f"http://127.0.0.1:{free_port()}"
    client = f"http://127.0.0.1:{port}"
    with (folder / "etcd.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "etcd", "--name", "etcd", "--data-dir", folder / "etcd", "--initial-cluster", f"etcd={peer}",
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield port
    finally:
        process.terminate()
        await process.wait()
