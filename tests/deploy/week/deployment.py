"""One restaurant on one PostgreSQL, as its DBA has it: three roles, a release of kds, and the ways to both."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import shlex
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from aiohttp import ClientSession

from kds.postgres.statements import sql_folder
from tests.conftest import JWT_SECRET
from tests.deploy.conftest import ROOT, Programs
from tests.deploy.kitchen import is_ready, open_restaurant
from tests.hardening.requests import faults_of_log
from tests.no_limits import NO_LIMITS
from tests.patience import eventually
from tests.sql.roles import documented
from tests.system_postgres import PASSWORD, SystemPostgres, free_port, run

MENDS_AT_MOST = 4


class Refused(Exception):
    """`kds serve` ended by itself; with what it said."""


@dataclass(frozen=True)
class Way:
    """How a client comes to the database: where, and with which parameters of the URL."""

    port: int
    parameters: str


class Deployment:
    """What the steps of a week work on; each changes some of it."""

    def __init__(self, server: SystemPostgres, folder: Path, programs: Programs) -> None:
        self.server, self.folder, self.programs = server, folder, programs
        mark = secrets.token_hex(3)
        self.owner, self.service, self.till = (f"{role}_{mark}" for role in ("kds", "kds_service", "till"))
        self.database = f"kds_{mark}"
        self.release = ROOT
        self.direct = Way(server.port, f"sslmode={'require' if server.has_tls else 'disable'}")
        self.way = self.direct
        self.environment: dict[str, str] = {}
        self.branch_id = ""
        self.said: list[str] = []

    # Ways in

    def url(self, role: str, way: Way | None = None) -> str:
        """The database for this role, as kds is told it."""
        way = way or self.way
        return f"postgres://{role}:{PASSWORD}@127.0.0.1:{way.port}/{self.database}?{way.parameters}"

    def dba(self, database: str = "") -> str:
        """The database, or another one, for the superuser."""
        return self.server.superuser_dsn(database or self.database)

    @contextlib.asynccontextmanager
    async def session(self, url: str = "") -> AsyncIterator[Any]:
        """A connection; the superuser's unless a URL is given."""
        connection = await asyncpg.connect(url or self.dba())
        try:
            yield connection
        finally:
            connection.terminate()

    # Programs

    async def psql(self, script: str, *, database: str = "") -> None:
        """Runs a script as the superuser, from sql/ as sql/README.md does."""
        psql, quiet = shlex.quote(str(self.server.bin_path / "psql")), "-q -X -v ON_ERROR_STOP=1"
        command = f"cd {shlex.quote(str(sql_folder()))} && printf %s {shlex.quote(script)}"
        code, printed = await run("sh", "-ec", f"{command} | {psql} {quiet} {shlex.quote(self.dba(database))}",
                                  environment={})  # fmt: skip
        assert code == 0, printed

    async def postgres(self, program: str, *arguments: object, may_say: str = "") -> None:
        """Runs a program of this PostgreSQL; fails on errors but those that `may_say` matches."""
        code, printed = await run(self.server.bin_path / program, *arguments, environment={"PGPASSWORD": PASSWORD})
        errors = [line for line in printed.splitlines() if re.search("ERROR|error:|FATAL", line)]
        unmeant = [line for line in errors if not (may_say and re.search(may_say, line))]
        assert not unmeant and (code == 0 or errors), printed

    async def kds(self, *command: str, role: str = "") -> tuple[int, str]:
        """Runs a command of this release in the environment of `kds serve`, or as another role."""
        code, printed = await run(
            sys.executable, "-m", "kds", *command, environment=self._environment(role), cwd=self.release
        )
        assert "Traceback" not in printed and PASSWORD not in printed, printed
        return code, printed

    async def migrate(self) -> str:
        """The release phase of a deploy; what it said."""
        code, printed = await self.kds("migrate", role=self.owner)
        assert code == 0, printed
        return printed

    @contextlib.asynccontextmanager
    async def serving(self, **changes: str) -> AsyncIterator[str]:
        """A process of this release until the end of the block; its URL.

        Raises:
            Refused: it does not start.
        """
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        process, log = await self.programs.start(
            sys.executable, "-m", "kds", "serve", cwd=self.release,
            environment={**self._environment(), **changes, "PORT": str(port)},
        )  # fmt: skip
        async with ClientSession() as http:

            async def is_settled() -> bool:
                return process.returncode is not None or await is_ready(http, url)

            await eventually(is_settled, within_s=60)
        if process.returncode is not None:
            raise Refused(log.read_text())
        yield url
        process.terminate()
        async with asyncio.timeout(30):
            assert await process.wait() == 0, log.read_text()
        assert faults_of_log(log.read_text()) == []

    def _environment(self, role: str = "") -> dict[str, str]:
        path = [str(Path(sys.executable).parent), str(self.server.bin_path), os.environ["PATH"]]
        return {
            "PATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1", **NO_LIMITS,
            "DATABASE_URL": self.url(role or self.service), "LISTEN_DATABASE_URL": "", "JWT_SECRET": JWT_SECRET,
            "HOST": "127.0.0.1", **(self.environment if not role else {}),
        }  # fmt: skip

    # The kitchen

    async def open(self) -> None:
        """Roles and database as sql/README.md says, the schema, a restaurant with its orders of yesterday and today."""
        await self.psql(f"CREATE ROLE {self.owner} LOGIN PASSWORD '{PASSWORD}'", database="postgres")
        await self.new_database(self.database)
        await self.migrate()
        self.branch_id = await open_restaurant(self.url(self.owner))
        for role in ("kds_service", "till"):
            await self.psql(self._documented(role))
        await self.psql(
            f"ALTER ROLE {self.service} PASSWORD '{PASSWORD}'; ALTER ROLE {self.till} PASSWORD '{PASSWORD}'"
        )
        async with self.session() as dba:
            await dba.execute(
                "INSERT INTO orders (branch_id, business_day, order_number, status, placed_at)"
                " SELECT $1, current_date - 2, number, 'COMPLETED', now() - interval '2 days'"
                " FROM generate_series(1, 30) AS number",
                self.branch_id,
            )

    async def grant_till(self) -> None:
        """The rights of the till's role, as sql/README.md gives them."""
        await self.psql(re.sub("CREATE ROLE.*\n", "", self._documented("till")))

    def _documented(self, role: str) -> str:
        name = {"kds_service": self.service, "till": self.till}[role]
        script = re.sub(rf"\b{role}\b", name, documented(role))
        return script.replace("DATABASE kds ", f"DATABASE {self.database} ")

    async def new_database(self, name: str, owner: str = "") -> str:
        """An empty database of the owner's; its name."""
        await self.psql(f"CREATE DATABASE {name} OWNER {owner or self.owner}", database="postgres")
        return name

    async def settle(self) -> None:
        """Does what `kds doctor` says until it finds that all is well; keeps what it said."""
        for _ in range(MENDS_AT_MOST):
            code, printed = await self.kds("doctor")
            if code == 0:
                return
            findings = re.findall(r"(?m)^ {7}(.*)\n {7}mend: (.*)$", printed)
            assert findings, printed
            self.said += [what for what, _ in findings]
            for mend in dict.fromkeys(mend for _, mend in findings):
                await self._mend(mend)
        raise AssertionError(printed)

    def hear(self, printed: str, part: str) -> None:
        """Keeps the sentence with this part that a program printed; fails when there is none."""
        (sentence,) = [line.strip() for line in printed.splitlines() if part in line]
        self.said.append(sentence)

    async def _mend(self, mend: str) -> None:
        if name := re.match(r"export (\w+)=", mend):
            code, printed = await run("sh", "-ec", f'{mend}\nprintf %s "${name[1]}"', environment=self._environment())
            assert code == 0, printed
            self.environment[name[1]] = printed
            return
        # kds migrate is the owner's, the rest a superuser's
        url = self.url(self.owner, self.direct) if "kds migrate" in mend else self.dba()
        code, printed = await run(
            "sh", "-ec", mend, environment={**self._environment(), "DATABASE_URL": url}, cwd=self.release
        )
        assert code == 0, (mend, printed)

    async def orders(self) -> set[str]:
        """The ids of all orders."""
        async with self.session() as dba:
            return {str(row["id"]) for row in await dba.fetch("SELECT id FROM orders")}
