"""What befalls the database, each with how the cluster is made whole again afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.failover.cluster import Cluster
from tests.failover.node import Node

Fault = Callable[[Cluster], Awaitable[Callable[[], Awaitable[None]]]]
"""Strikes; what it returns makes good again."""
CUT_OFF_FOR_S = 30.0
"""Longer than Patroni waits until another leads: it comes back into a cluster that went on without it."""
IN_TURN_PAUSE_S = 5.0


@dataclass(frozen=True)
class Disaster:
    """A fault, how long without an accepted order is allowed, and where the primary stands in the list at first."""

    strike: Fault
    outage_max_s: float
    primary_first: bool = True
    heals_after_s: float = 40.0


async def _nothing() -> None:
    pass


async def switchover(cluster: Cluster) -> Callable[[], Awaitable[None]]:
    """A DBA has the standby take over."""
    switching = asyncio.create_task(cluster.switch_over())

    async def done() -> None:
        await switching

    return done


async def killed_postmaster(cluster: Cluster) -> Callable[[], Awaitable[None]]:
    """PostgreSQL crashes on the primary; its machine lives."""
    (await cluster.leader()).kill_postgres()
    return _nothing


async def dead_machine(cluster: Cluster) -> Callable[[], Awaitable[None]]:
    """The machine of the primary loses its power."""
    leader = await cluster.leader()
    await leader.die()
    return leader.revive


async def frozen_machine(cluster: Cluster) -> Callable[[], Awaitable[None]]:
    """The machine of the primary stands still, and goes on later as if it still led."""
    return await _freeze(await cluster.leader())


async def frozen_standby(cluster: Cluster) -> Callable[[], Awaitable[None]]:
    """The standby that commits wait for stands still."""
    return await _freeze(await cluster.synchronous_standby())


async def lost_standby(cluster: Cluster) -> Callable[[], Awaitable[None]]:
    """The standby that commits wait for loses its power."""
    standby = await cluster.synchronous_standby()
    await standby.die()
    return standby.revive


async def cut_off_primary(cluster: Cluster) -> Callable[[], Awaitable[None]]:
    """The network of the primary swallows everything, then is good again."""
    leader = await cluster.leader()
    leader.cut_off()

    async def mend() -> None:
        leader.mend_network()

    return mend


async def all_in_turn(cluster: Cluster) -> Callable[[], Awaitable[None]]:
    """PostgreSQL crashes on each primary that there is, three times."""
    for turn in range(3):
        if turn:
            await cluster.whole()
            await asyncio.sleep(IN_TURN_PAUSE_S)
        (await cluster.leader()).kill_postgres()
    return _nothing


async def _freeze(node: Node) -> Callable[[], Awaitable[None]]:
    node.freeze()

    async def thaw() -> None:
        node.thaw()

    return thaw


DISASTERS = {
    "switchover": Disaster(switchover, 3.5, heals_after_s=10.0),
    "killed postmaster": Disaster(killed_postmaster, 6.0, heals_after_s=15.0),
    "dead machine": Disaster(dead_machine, 25.0),
    "frozen machine, first in the list": Disaster(frozen_machine, 25.0),
    "frozen machine, last in the list": Disaster(frozen_machine, 25.0, primary_first=False),
    "cut-off primary": Disaster(cut_off_primary, 25.0),
    "lost synchronous standby": Disaster(lost_standby, 25.0),
    "frozen synchronous standby": Disaster(frozen_standby, 25.0),
    "all three in turn": Disaster(all_in_turn, 6.0, heals_after_s=15.0),
}
