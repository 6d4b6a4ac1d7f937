"""A campaign: many screens, writers, a seeded row of faults, then healing, then judgement."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from uuid import UUID

import asyncpg

from tests.faults.checker import Truth, Verdict, check
from tests.faults.disasters import fill_disk
from tests.faults.journal import Following, digest, read, shown
from tests.faults.nemesis import FAULTS, Fault
from tests.faults.restaurant import Resources, Restaurant
from tests.faults.writers import Writers
from tests.orders import place

OFF_S = 10.0
HEAL_MAX_S = 60.0
"""For every screen to show a last order of its branch; who does not by then is judged as it is."""
REST_S = 30.0
DESCRIPTORS_MORE = 20
TASKS_MORE = 10
MEMORY_MORE_MB = 64.0


@dataclass(frozen=True)
class Plan:
    """How large and how long a campaign is.

    It goes on until `kinds_min` different faults were injected, for as long again at most.
    """

    minutes: float
    seed: int
    clients: int
    branches: int
    processes: int
    on_s: tuple[float, float] = (5.0, 30.0)
    off_s: float = OFF_S
    faults: tuple[Fault, ...] = FAULTS
    kinds_min: int = 0


@dataclass
class Outcome:
    """What became of it: the verdict, how long screens took to be right after each fault, what the processes kept."""

    verdict: Verdict
    recovery_s: dict[str, list[float]]
    injected: Counter[str]
    remarks: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every invariant held."""
        return not self.verdict.counts and not self.remarks

    def markdown(self) -> str:
        """The table for the README, three faults to a line."""
        cells = [_row(name, self.injected[name], sorted(times)) for name, times in sorted(self.recovery_s.items())]
        height = -(-len(cells) // 3)
        columns = [cells[start : start + height] for start in range(0, len(cells), height)]
        lines = ["| fault | times | p50 / p99 / max, s " * 3 + "|", "|---|---|---" * 3 + "|"]
        lines += ["".join(row) + "|" for row in zip_longest(*columns, fillvalue="| | | ")]
        counts = self.verdict.counts
        found = ", ".join(f"{kind} {counts[kind]}" for kind in ("lost", "doubled", "out of order", "foreign"))
        return "\n".join([*lines, "", f"All faults together: {found}."])


def _row(name: str, times: int, ranked: list[float]) -> str:
    p50, p99 = statistics.median(ranked), ranked[int(len(ranked) * 0.99)]
    return f"| {name} | {times} | {p50:.2f} / {p99:.2f} / {ranked[-1]:.2f} "


async def wage(plan: Plan, report: Callable[[str], None]) -> Outcome:
    """Runs a campaign from start to judgement."""
    with tempfile.TemporaryDirectory(prefix="kds-faults-", ignore_cleanup_errors=True) as folder:
        restaurant = Restaurant(Path(folder), plan.branches, plan.processes)
        try:
            await restaurant.open()
            return await _wage(restaurant, plan, report)
        finally:
            await restaurant.close()


async def _wage(restaurant: Restaurant, plan: Plan, report: Callable[[str], None]) -> Outcome:
    before = [await server.resources() for server in restaurant.servers]
    per_branch = max(1, plan.clients // plan.branches)
    few = max(1, per_branch // 20)
    most = max(1, per_branch - few)
    await restaurant.open_screens("few", few)
    await restaurant.open_screens("most", most)
    report(f"{plan.branches * per_branch} screens of {plan.branches} branches watch {plan.processes} servers")
    writers = Writers(restaurant, plan.seed, pause_s=0.4)
    writers.start(customers=6, cooks=4, programs=6)
    probes, injected = await _hurt(restaurant, plan, report)
    await writers.stop()
    screens = plan.branches * (few + most)
    seen, took_s = await _await_last_order(restaurant, screens)
    report(f"Everything is healed; {seen} of {screens} screens show the last order after {took_s:.1f} s; judging")
    await restaurant.close_screens()
    remarks = await _left_behind(restaurant, before, report)
    if seen < screens:
        remarks.append(f"{screens - seen} screens did not show the last order within {HEAL_MAX_S:.0f} s")
    truth = await _truth(restaurant)
    verdict = check(read(restaurant.folder), truth)
    remarks += [
        f"a request was answered {line['status']}" for line in read(restaurant.folder) if line["what"] == "refused"
    ]
    return Outcome(verdict, _recovery(restaurant.folder, probes), injected, remarks)


async def _hurt(
    restaurant: Restaurant, plan: Plan, report: Callable[[str], None]
) -> tuple[dict[str, tuple[str, float]], Counter[str]]:
    """Faults until the time is over: every one once, then by chance. After each a probe is placed in every branch."""
    dice = random.Random(plan.seed)
    ends = time.monotonic() + plan.minutes * 60
    probes: dict[str, tuple[str, float]] = {}
    injected: Counter[str] = Counter()
    queue: list[Fault] = []
    faults = [fault for fault in plan.faults if restaurant.has_small_disk or fault is not fill_disk]
    if len(faults) < len(plan.faults):
        report("No disk is filled: this user may not mount a small one")
    while time.monotonic() < ends or (len(injected) < plan.kinds_min and time.monotonic() < ends + plan.minutes * 60):
        if not queue:
            queue = dice.sample(faults, len(faults))
        fault = queue.pop()
        name = (fault.__doc__ or fault.__name__).rstrip(".")
        on_s = dice.uniform(*plan.on_s)
        report(f"{ends - time.monotonic():5.0f} s to go: {name} ({on_s:.0f} s)")
        await fault(restaurant, on_s)
        injected[name] += 1
        healed = time.time()
        connection = await asyncpg.connect(restaurant.dsn, timeout=20)
        for branch, canary in restaurant.canaries.items():
            probes[str(await place(connection, UUID(branch), table=f"{canary} probe"))] = (name, healed)
        await connection.close()
        await asyncio.sleep(plan.off_s)
    return probes, injected


async def _await_last_order(restaurant: Restaurant, screens: int) -> tuple[int, float]:
    """Places an order in every branch; how many screens showed it, and after how long the last of them."""
    following = Following(restaurant.folder)
    connection = await asyncpg.connect(restaurant.dsn, timeout=20)
    began = time.monotonic()
    last = {
        str(await place(connection, UUID(branch), table=f"{canary} last"))
        for branch, canary in restaurant.canaries.items()
    }
    await connection.close()
    seen: set[tuple[str, str]] = set()
    while len(seen) < screens and time.monotonic() < began + HEAL_MAX_S:
        await asyncio.sleep(0.5)
        seen |= {(line["screen"], line["branch"]) for line in following.more() if not last.isdisjoint(shown(line))}
    return len(seen), time.monotonic() - began


async def _left_behind(restaurant: Restaurant, before: list[Resources], report: Callable[[str], None]) -> list[str]:
    """I5 and I7: what the servers keep after the screens have gone, and what they complained about."""
    await asyncio.sleep(REST_S)
    remarks = []
    for number, (server, then) in enumerate(zip(restaurant.servers, before, strict=True)):
        now = await server.resources()
        report(
            f"server {number}: descriptors {then.descriptors} -> {now.descriptors}, tasks {then.tasks} -> {now.tasks}, "
            f"memory {then.memory_mb:.0f} -> {now.memory_mb:.0f} MB"
        )
        most = Resources(then.descriptors + DESCRIPTORS_MORE, then.tasks + TASKS_MORE, then.memory_mb + MEMORY_MORE_MB)
        if any(held > allowed for held, allowed in zip(now, most, strict=True)):
            remarks.append(f"server {number} keeps {now}, {then} at the start")
        text = server.log.read_text(errors="replace")
        if "Traceback" in text:
            remarks.append(f"server {number} logged: " + text[text.index("Traceback") - 300 :][:1500])
    return remarks


async def _truth(restaurant: Restaurant) -> Truth:
    connection = await asyncpg.connect(restaurant.dsn)
    try:
        events = await connection.fetch("SELECT branch_id, revision, order_id FROM events ORDER BY branch_id, revision")
        rows = await connection.fetch(
            "SELECT id, branch_id, status::text, note, order_object(id, branch_id) AS body FROM orders"
        )
        steps = await connection.fetch("SELECT * FROM campaign_transitions")
    finally:
        await connection.close()
    orders: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for row in rows:
        orders[str(row["branch_id"])][str(row["id"])] = (row["status"], digest(json.loads(row["body"])))
    return Truth(
        restaurant.canaries,
        [(str(row[0]), row[1], str(row[2]) if row[2] else None) for row in events],
        orders,
        Counter(row["note"] for row in rows if row["note"]),
        [(str(row[0]), row[1], row[2]) for row in steps],
        restaurant.taken_back,
    )


def _recovery(folder: Path, probes: dict[str, tuple[str, float]]) -> dict[str, list[float]]:
    """For each fault how long after its end each screen had the probe, in a message or a snapshot."""
    first: dict[tuple[str, str], float] = {}
    for line in read(folder):
        for order_id in shown(line):
            if order_id in probes:
                first.setdefault((line["screen"], order_id), line["t"])
    times: dict[str, list[float]] = defaultdict(list)
    for (_, order_id), seen_at in first.items():
        name, healed = probes[order_id]
        times[name].append(max(0.0, seen_at - healed))
    return times
