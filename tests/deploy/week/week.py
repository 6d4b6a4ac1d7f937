"""The steps of a week in their order, and one week on one server."""

from __future__ import annotations

import re
import tempfile
import textwrap
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.conftest import Programs
from tests.deploy.week import moves, releases, restores
from tests.deploy.week.deployment import Deployment
from tests.deploy.week.probe import works
from tests.system_postgres import SystemPostgres, programs

OF_THE_WHEEL = (16, 18)
SETTINGS = {"max_connections": 100, "shared_buffers": "32MB"}
"""With fsync, or the doctor would find that it is off."""


@dataclass(frozen=True)
class Step:
    """One thing that a DBA does."""

    title: str
    take: Callable[[Deployment], Awaitable[None]]


@dataclass(frozen=True)
class Outcome:
    """How the kitchen was after a step: it worked at once, or after what was said was done; or why it did not."""

    said: tuple[str, ...] = ()
    fault: str = ""

    @property
    def works(self) -> bool:
        """Whether it worked in the end."""
        return not self.fault

    def __str__(self) -> str:
        if self.fault:
            return self.fault
        return " ".join([*(f'said "{textwrap.shorten(what, 100)}":' for what in self.said), "works"])


async def found(deployment: Deployment) -> None:
    """An empty database, kds migrate, the roles of sql/README.md, a restaurant."""
    await deployment.open()
    await works(deployment)


STEPS = (
    Step("found the restaurant", found),
    Step("restore whole", restores.whole),
    Step("restore as plain SQL", restores.plain),
    Step("restore schema, then rows", restores.rows_with_triggers),
    Step("restore schema, then rows without triggers", restores.rows_without_triggers),
    Step("restore for another owner", restores.another_owner),
    Step("restore without rights", restores.no_rights),
    Step("restore public beside another schema", restores.public_alone),
    Step("restore rows into a migrated database", restores.into_migrated),
    Step("restore over the living database", restores.over_the_living),
    Step("migrate forth", releases.forth),
    Step("roll back", releases.back),
    Step("roll back too far", releases.too_far_back),
    Step("rename the roles", moves.rename_roles),
    Step("behind PgBouncer in session mode", moves.behind_session_pooler),
    Step("behind PgBouncer in transaction mode", moves.behind_transaction_pooler),
    Step("behind two proxies", moves.behind_two_proxies),
    Step("to TLS with a private CA", moves.to_private_authority),
    Step("the day starts at midnight", moves.day_starts_at_midnight),
)


def servers() -> dict[str, int | None]:
    """The versions there are, by name; None is the system's."""
    found = programs()
    of_system = re.search(r"(\d+)/bin", str(found)) if found else None
    return {**({of_system[1]: None} if of_system else {}), **{str(version): version for version in OF_THE_WHEEL}}


async def spend(version: int | None, name: str, steps: Sequence[Step], report: Callable[[str], None]) -> list[Outcome]:
    """One week on a server of its own; a step after one that failed is not taken."""
    with (
        tempfile.TemporaryDirectory(prefix="kds-pg-", ignore_cleanup_errors=True) as server_folder,
        tempfile.TemporaryDirectory(prefix="kds-week-", ignore_cleanup_errors=True) as folder,
    ):
        server, files = SystemPostgres(Path(server_folder), version), Path(folder)
        running = Programs(files)
        server.start(SETTINGS)
        try:
            return await _take_steps(Deployment(server, files, running), steps, report, name)
        finally:
            await running.stop()
            server.stop()


async def _take_steps(
    deployment: Deployment, steps: Sequence[Step], report: Callable[[str], None], name: str
) -> list[Outcome]:
    outcomes = list[Outcome]()
    for step in steps:
        if outcomes and not outcomes[-1].works:
            outcomes.append(Outcome(fault="not taken"))
            continue
        deployment.said = []
        try:
            before = await deployment.orders() if deployment.branch_id else set()
            await step.take(deployment)
            assert before <= await deployment.orders(), "orders were lost"
            outcomes.append(Outcome(tuple(deployment.said)))
        except Exception as error:
            report(traceback.format_exc())
            outcomes.append(Outcome(tuple(deployment.said), f"FAILED: {type(error).__name__}"))
        report(f"PostgreSQL {name}: {step.title}: {outcomes[-1]}")
    return outcomes
