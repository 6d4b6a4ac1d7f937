"""`kds doctor`: every finding is caused on a real PostgreSQL and mended by running the command it printed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import asyncpg
import pytest
from aiohttp import ClientSession

from kds.doctor.examine import Examined, examine
from kds.doctor.finding import ANY_URL
from kds.doctor.rights import lock_findings
from kds.doctor.schema import expected_triggers, schema_findings, schema_notices, version_findings
from kds.postgres.embedded import EmbeddedPostgres
from kds.postgres.migrate.migrations import newest_version
from kds.postgres.statements import load_statements
from tests.breaking import place_broken, poison
from tests.conftest import JWT_SECRET, Cluster, RunningServer, create_template
from tests.orders import place
from tests.patience import eventually
from tests.system_postgres import required

COMMAND_WITHIN_S = 60.0
SETTINGS = {"max_connections": 100, "shared_buffers": "32MB", "max_notify_queue_pages": 64}
ConnectDb = Callable[[], Awaitable[Any]]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server in good health, of our own: what is done to it here no other test should see."""
    with tempfile.TemporaryDirectory(prefix="kds-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "data", 18, SETTINGS)
        server.start()
        try:
            yield Cluster(server.dsn(), server.bin_path)
        finally:
            server.stop()


@pytest.fixture(scope="module")
def template(cluster: Cluster) -> str:
    """As for other tests, on this server."""
    return asyncio.run(create_template(cluster))


@dataclass(frozen=True)
class Diagnosis:
    """What `kds doctor` said."""

    code: int
    printed: str

    @property
    def mends(self) -> list[str]:
        """The commands, in the order of the findings."""
        return re.findall(r"(?m)^ +mend: (.*)$", self.printed)


class Practice:
    """A shell with the environment of `kds serve`."""

    def __init__(self, cluster: Cluster, environment: dict[str, str]) -> None:
        path = os.pathsep.join((str(Path(sys.executable).parent), str(Path(cluster.program("psql")).parent)))
        self._environment = {**os.environ, "PATH": path + os.pathsep + os.environ["PATH"], **environment}

    async def run(self, script: str, **environment: str) -> Diagnosis:
        """Runs a script of the shell to its end."""
        process = await asyncio.create_subprocess_exec(
            "sh", "-ec", script, env={**self._environment, **environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(COMMAND_WITHIN_S):
            output, _ = await process.communicate()
        assert process.returncode is not None
        assert "Traceback" not in output.decode()
        return Diagnosis(process.returncode, output.decode())

    async def finds(self, *said: str, flags: str = "", **environment: str) -> str:
        """Examines; fails unless this, and only this, is said to be wrong. The command that mends it."""
        diagnosis = await self.run(f"kds doctor {flags}", **environment)
        assert diagnosis.code == 1, diagnosis.printed
        assert [text for text in said if text not in diagnosis.printed] == [], diagnosis.printed
        assert len(set(diagnosis.mends)) == 1, diagnosis.printed
        return diagnosis.mends[0]

    async def mended(self, mend: str, flags: str = "", **environment: str) -> None:
        """Runs the command, then examines anew; fails unless all is well."""
        diagnosis = await self.run(f"{mend}\nkds doctor {flags}", **environment)
        assert diagnosis.code == 0, diagnosis.printed
        assert "All is well" in diagnosis.printed


@pytest.fixture
def practice(cluster: Cluster, dsn: str) -> Practice:
    """On the test's database."""
    return Practice(cluster, {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET, "LISTEN_DATABASE_URL": ""})


async def test_a_healthy_deployment_is_well(practice: Practice, dsn: str) -> None:
    diagnosis = await practice.run("kds doctor")
    assert diagnosis.code == 0 and diagnosis.mends == [], diagnosis.printed
    await practice.mended("true", DATABASE_URL=dsn.replace("postgresql://", "postgres://"), LISTEN_DATABASE_URL=dsn)


# Settings


@pytest.mark.parametrize("secret", ["", "short", "a" * 40])
async def test_a_weak_secret(practice: Practice, secret: str) -> None:
    mend = await practice.finds("JWT_SECRET", JWT_SECRET=secret)
    await practice.mended(mend, JWT_SECRET=secret)


@pytest.mark.parametrize(
    "setting", [{"PORT": "eighty"}, {"CORS_ORIGINS": "*"}, {"LISTEN_DATABASE_URL": "mysql://localhost/x"}]
)
async def test_a_setting_that_cannot_be_read(practice: Practice, setting: dict[str, str]) -> None:
    diagnosis = await practice.run("kds doctor", **setting)
    assert diagnosis.code == 1 and {*diagnosis.mends} == {f"unset {next(iter(setting))}"}, diagnosis.printed
    await practice.mended(diagnosis.mends[0], **setting)


# The way to the database


@pytest.mark.parametrize("url", ["", "mysql://localhost/x", "postgresql://postgres:secret-word@127.0.0.1:1/x"])
async def test_no_way_to_a_database(practice: Practice, dsn: str, url: str) -> None:
    mend = await practice.finds("DATABASE_URL", DATABASE_URL=url)
    assert ANY_URL in mend and "secret-word" not in mend
    await practice.mended(mend.replace(ANY_URL, f"'{dsn}'"), DATABASE_URL=url)


async def test_a_database_that_does_not_exist(practice: Practice, cluster: Cluster) -> None:
    url = cluster.dsn("kds_not_there_yet")
    mend = await practice.finds('database "kds_not_there_yet" does not exist', DATABASE_URL=url)
    try:
        await practice.mended(f"{mend}\nkds migrate", DATABASE_URL=url)
    finally:
        await cluster.drop("kds_not_there_yet")


async def test_listen_on_another_database(practice: Practice, empty_dsn: str) -> None:
    mend = await practice.finds("LISTEN_DATABASE_URL leads to another database", LISTEN_DATABASE_URL=empty_dsn)
    await practice.mended(mend, LISTEN_DATABASE_URL=empty_dsn)


async def test_listen_that_leads_nowhere(practice: Practice) -> None:
    nowhere = "postgresql://postgres@127.0.0.1:1/x"
    mend = await practice.finds("LISTEN is not possible over LISTEN_DATABASE_URL", LISTEN_DATABASE_URL=nowhere)
    await practice.mended(mend, LISTEN_DATABASE_URL=nowhere)


@pytest.fixture
async def pooler(dsn: str, tmp_path: Path) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Starts PgBouncer in a pool mode before the test's database; the URL through it."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")
    required("pgbouncer", program)
    assert program is not None
    started: list[asyncio.subprocess.Process] = []

    async def start(mode: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        database, folder = urlsplit(dsn).path.strip("/"), await socket_folder(dsn)
        config = tmp_path / "pgbouncer.ini"
        lines = [
            *("[databases]", f"{database} = host={folder} user=postgres", "[pgbouncer]", "listen_addr = 127.0.0.1"),
            *(f"listen_port = {port}", "auth_type = any", f"pool_mode = {mode}", "unix_socket_dir ="),
        ]
        config.write_text("\n".join(lines))
        started.append(await asyncio.create_subprocess_exec(program, "-q", *user_flags(folder), str(config)))
        url = f"postgresql://postgres@127.0.0.1:{port}/{database}"

        async def is_up() -> bool:
            try:
                await (await asyncpg.connect(url, statement_cache_size=0)).close()
            except OSError:
                return False
            return True

        await eventually(is_up)
        return url

    yield start
    for process in started:
        process.kill()
        await process.wait()


def user_flags(folder: str) -> list[str]:
    """PgBouncer refuses to run as root, and only the server's own user may enter the folder of its socket."""
    return ["-u", Path(folder).owner()] if os.getuid() == 0 else []


async def socket_folder(dsn: str) -> str:
    """Where the server of this database listens."""
    connection = await asyncpg.connect(dsn)
    try:
        return str(await connection.fetchval("SELECT split_part(current_setting('unix_socket_directories'), ',', 1)"))
    finally:
        await connection.close()


async def test_a_pooler_in_transaction_mode(
    practice: Practice, pooler: Callable[[str], Awaitable[str]], dsn: str
) -> None:
    url = await pooler("transaction")
    mend = await practice.finds("DATABASE_URL leads through a pooler in transaction mode", DATABASE_URL=url)
    assert "export LISTEN_DATABASE_URL=" in mend
    await practice.mended(mend, DATABASE_URL=url)
    mend = await practice.finds("LISTEN_DATABASE_URL leads through a pooler", LISTEN_DATABASE_URL=url)
    await practice.mended(mend, LISTEN_DATABASE_URL=url)


async def test_a_pooler_in_session_mode_is_no_finding(
    practice: Practice, pooler: Callable[[str], Awaitable[str]]
) -> None:
    await practice.mended("true", DATABASE_URL=await pooler("session"))


async def test_a_path_behind_a_pooler_that_leads_elsewhere(
    practice: Practice, pooler: Callable[[str], Awaitable[str]], dsn: str, db: Any
) -> None:
    database = urlsplit(dsn).path.strip("/")
    await db.execute(
        f'CREATE SCHEMA till; CREATE TABLE till.orders (id integer); ALTER DATABASE "{database}" SET search_path = till'
    )
    await practice.mended("true")  # a direct link says itself what it means
    url = await pooler("transaction")
    behind = {"DATABASE_URL": url, "LISTEN_DATABASE_URL": dsn}
    mend = await practice.finds("The search_path of role postgres is till", "RECONNECT", **behind)
    await practice.run(mend, **behind)
    await db.execute(  # what RECONNECT does
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    await practice.mended("true", **behind)


async def test_a_clock_that_is_wrong(dsn: str) -> None:
    async def wrong_by(hours: float) -> list[str]:
        seen: list[Examined] = []
        environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET}
        clock = lambda: datetime.now(UTC) + timedelta(hours=hours)  # noqa: E731
        await examine(environment, seen.append, long_transaction=timedelta(minutes=5), now=clock)
        return [finding.what for examined in seen for finding in examined.findings]

    assert await wrong_by(1) == ["The clock of this machine is 3600 s ahead of the database's."]
    assert await wrong_by(-0.1) == ["The clock of this machine is 360 s behind the database's."]
    assert await wrong_by(0) == []


async def test_a_machine_whose_clock_is_wrong_is_told_apart_from_any_other(
    dsn: str,
    start_server: Callable[..., Awaitable[RunningServer]],
    http: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Behind(datetime):
        """The clock of a machine that is five seconds behind."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) - timedelta(seconds=5)

    async def found() -> list[str]:
        seen: list[Examined] = []
        environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET}
        await examine(environment, seen.append, long_transaction=timedelta(minutes=5))
        return [finding.what for part in seen if part.what == "clocks" for finding in part.findings]

    right = await start_server()
    assert await found() == []
    await right.server.stop()
    monkeypatch.setattr("kds.web.login.sessions.datetime", Behind)
    wrong = await start_server()
    async with http.get(f"{wrong.url}/readyz") as answer:
        assert 4.5 < (await answer.json())["clockApartS"] < 15
    (what,) = await found()
    assert re.fullmatch(
        r"The clock of the server process \S+ is 5 s behind the database's: set it on that machine\.", what
    )


# What must be in the database


async def test_a_server_that_is_too_old(practice: Practice, cluster_16: Cluster, empty_dsn: str) -> None:
    older = await cluster_16.create("kds_old")
    connections = [await asyncpg.connect(url) for url in (older, empty_dsn)]
    try:
        found, none = (version_findings(connection, minimum=18) for connection in connections)
        assert [finding.what.partition(",")[0] for finding in found] == ["PostgreSQL 16 is too old"] and none == []
        moved = await practice.run(found[0].mend.replace(ANY_URL, f"'{empty_dsn}'"), DATABASE_URL=older)
        assert moved.code == 0, moved.printed
    finally:
        for connection in connections:
            await connection.close()


async def test_an_empty_database(practice: Practice, empty_dsn: str) -> None:
    mend = await practice.finds("The database has no schema", DATABASE_URL=empty_dsn)
    await practice.mended(mend, DATABASE_URL=empty_dsn)


async def test_an_encoding_that_cannot_hold_every_text(practice: Practice, cluster: Cluster) -> None:
    admin = await asyncpg.connect(cluster.admin_dsn)
    await admin.execute("CREATE DATABASE kds_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    latin = cluster.dsn("kds_latin")
    try:
        diagnosis = await practice.run("kds doctor", DATABASE_URL=latin)
        assert diagnosis.code == 1 and "has the encoding LATIN1" in diagnosis.printed, diagnosis.printed
        assert diagnosis.mends[1:] == ["kds migrate"]
        await practice.mended("\n".join(diagnosis.mends), DATABASE_URL=latin)
        serve = await practice.run("kds serve", DATABASE_URL=latin)
        assert serve.code == 1 and "encoding LATIN1" in serve.printed and "UTF8 is needed" in serve.printed
    finally:
        await admin.execute("DROP DATABASE IF EXISTS kds_latin")
        await admin.execute("DROP DATABASE IF EXISTS kds_latin_utf8")
        await admin.close()


async def test_a_database_behind_the_code_and_ahead_of_it(db: Any) -> None:
    newest = newest_version()
    behind = await schema_findings(db, needed=newest + 1)
    assert [finding.mend for finding in behind] == ["kds migrate"]
    await db.execute("INSERT INTO schema_migrations (version, name) VALUES ($1, 'done')", newest + 1)
    assert await schema_findings(db, needed=newest + 1) == []
    ahead = await schema_findings(db)
    assert "deploy the newer code" in ahead[0].what and await schema_notices(db) == []
    await db.execute("UPDATE schema_migrations SET oldest_code = $1 WHERE version > $1", newest)
    assert await schema_findings(db) == []
    (notice,) = await schema_notices(db)
    assert f"schema version {newest + 1}" in notice and "may serve on" in notice


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DROP TRIGGER orders_announce_insert ON orders", "missing: orders_announce_insert on orders"),
        ("DROP TRIGGER kots_roll_up_update ON kots", "missing: kots_roll_up_update on kots"),
        (
            "DROP FUNCTION revoke_staff CASCADE",
            "staff_revoke_delete on staff, staff_revoke_truncate on staff, staff_revoke_update on staff",
        ),
        ("ALTER TABLE kots DISABLE TRIGGER USER", "kots_change_status on kots"),
        ("ALTER TABLE orders ENABLE REPLICA TRIGGER orders_number", "disabled: orders_number on orders"),
        ("ALTER TABLE orders ENABLE TRIGGER orders_announce_update", "do not fire for replicated"),
    ],
)
async def test_a_trigger_that_is_not_as_it_must_be(practice: Practice, db: Any, damage: str, said: str) -> None:
    await db.execute(damage)
    await practice.mended(await practice.finds(said))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DROP SEQUENCE order_numbers.{}", "have no sequence of order numbers"),
        ("SELECT setval('order_numbers.{}', last_value - 2) FROM order_numbers.{}", "behind the numbers of today"),
    ],
)
async def test_numbers_that_would_be_given_twice(
    practice: Practice, db: Any, branch_id: str, damage: str, said: str
) -> None:
    insert = "INSERT INTO orders (branch_id) VALUES ($1) RETURNING order_number"
    numbers = [await db.fetchval(insert, branch_id) for _ in range(3)]
    await db.execute(damage.replace("{}", f'"{branch_id}"'))
    await practice.mended(await practice.finds(said))
    assert await db.fetchval(insert, branch_id) == numbers[-1] + 1


async def test_every_trigger_of_the_schema_is_expected(db: Any) -> None:
    rows = await db.fetch("SELECT table_name, trigger_name, enabled FROM trigger_status")
    expected, always = expected_triggers()
    assert sorted((row["table_name"], row["trigger_name"]) for row in rows) == expected
    assert {row["trigger_name"] for row in rows if row["enabled"] == "always"} == always


# What goes on


async def test_a_listener_that_does_not_read(
    practice: Practice, db: Any, connect_db: ConnectDb, branch_id: str
) -> None:
    forgetful = await connect_db()
    await forgetful.execute("LISTEN kds_events")
    await forgetful.execute("BEGIN; SELECT 1")
    for _ in range(10):
        await db.execute("SELECT pg_notify('kds_events', $1)", "x" * 7000)
    mend = await practice.finds("queue of notifications", f"pid {forgetful.get_server_pid()}")
    await practice.mended(mend)


async def test_a_long_transaction(practice: Practice, connect_db: ConnectDb) -> None:
    lasting = await connect_db()
    await lasting.execute("BEGIN; UPDATE orders SET priority = 1")
    await practice.mended("true")
    mend = await practice.finds(f"pid {lasting.get_server_pid()}", "idle in transaction", flags="--long-transaction 0")
    await practice.mended(mend, flags="--long-transaction 0")


async def test_a_stuck_gate(practice: Practice, db: Any, connect_db: ConnectDb) -> None:
    frozen = await connect_db()
    await frozen.execute("SELECT pg_advisory_lock(493269101, 0)")
    await db.execute("UPDATE batching SET state = 'polling', heartbeat_at = now() - interval '1 minute'")
    mend = await practice.finds("Writers are silent", f"pid {frozen.get_server_pid()}")
    await practice.mended(mend)


async def test_screens_of_dead_processes(practice: Practice, db: Any, branch_id: str) -> None:
    await db.execute(
        "INSERT INTO ws_connections (connection_id, branch_id, instance, lease_expires_at)"
        " VALUES ('dead', $1, 'killed', now() - interval '1 hour'), ('alive', $1, 'other', now() + interval '1 hour')",
        branch_id,
    )
    await practice.mended(await practice.finds("lists 1 screens of dead processes"))
    assert [row["connection_id"] for row in await db.fetch("SELECT * FROM ws_connections")] == ["alive"]


# Orders


@pytest.mark.parametrize("sqlstate", ["22003", None])
async def test_an_order_that_no_screen_can_show(
    practice: Practice, db: Any, branch_id: str, sqlstate: str | None
) -> None:
    if sqlstate is not None:
        await poison(db, sqlstate)
        broken, said = await place_broken(db, branch_id), "poisoned"
    else:
        broken, said = await place(db, branch_id), "too large"
        many = "INSERT INTO order_items (order_id, kot_id, name) SELECT k.order_id, k.id, 'Dish' FROM kots AS k, "
        await db.execute(many + "generate_series(1, 20000) WHERE k.order_id = $1", broken)
    await place(db, branch_id)
    look = await practice.finds(f"Order {broken} of Via Masala is on no screen", said)
    assert str(broken) in (await practice.run(look)).printed
    await db.execute("DELETE FROM orders WHERE id = $1", broken)
    await practice.mended("true")


async def test_a_currency_that_there_is_not(practice: Practice, db: Any, branch_id: str) -> None:
    await db.execute("UPDATE branches SET currency = 'EUX' WHERE id = $1", branch_id)
    await practice.mended(await practice.finds("prices in EUX", "no currency of ISO 4217"))


@pytest.mark.parametrize("zone", ["CET", "EST5EDT4", "UTC+3", "europe/rome"])
async def test_a_time_zone_that_phones_do_not_know(practice: Practice, db: Any, zone: str) -> None:
    await db.execute("SET session_replication_role = replica")  # as it was taken before
    await db.execute("UPDATE branches SET timezone = $1", zone)
    await practice.mended(await practice.finds(f"has the time zone '{zone}'", "do not both know"))


# What a crash would take


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("ALTER DATABASE {database} SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER ROLE CURRENT_USER SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER ROLE CURRENT_USER IN DATABASE {database} SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER SYSTEM SET synchronous_commit = off", "synchronous_commit"),
        ("ALTER SYSTEM SET fsync = off", "fsync"),
    ],
)
async def test_a_database_that_may_forget(practice: Practice, db: Any, dsn: str, setting: str, name: str) -> None:
    await db.execute(setting.format(database=urlsplit(dsn).path.strip("/")))
    await db.execute("SELECT pg_reload_conf()")
    await eventually(lambda: is_off_for_new_sessions(dsn, name))
    await practice.mended(await practice.finds(f"{name} is off"))


async def is_off_for_new_sessions(dsn: str, name: str) -> bool:
    """Whether the setting has reached those who connect now."""
    connection = await asyncpg.connect(dsn)
    try:
        return bool(await connection.fetchval("SELECT current_setting($1) = 'off'", name))
    finally:
        await connection.close()


# Errors of the examination itself


async def test_a_role_that_may_not_serve_is_told_which_rights_it_lacks(practice: Practice, dsn: str, db: Any) -> None:
    await db.execute("CREATE ROLE kds_stranger LOGIN")
    try:
        await db.execute("GRANT SELECT ON schema_migrations TO kds_stranger")
        as_stranger = dsn.replace("postgres@", "kds_stranger@")
        said = "Role kds_stranger lacks", "such as DELETE on idempotency_keys", "If kds serve logs in as it"
        mend = await practice.finds(*said, DATABASE_URL=as_stranger)
        await practice.run(mend)  # as the owner
        await practice.mended("true", DATABASE_URL=as_stranger)
    finally:
        await db.execute("DROP OWNED BY kds_stranger")
        await db.execute("DROP ROLE kds_stranger")


# A server that is out of something


async def hoard(connection: Any) -> None:
    """Takes locks until there is room for none."""
    taken = 0
    for at_once in (50, 1):
        with contextlib.suppress(asyncpg.OutOfMemoryError):
            while True:
                await connection.execute(
                    f"SELECT pg_advisory_lock(i) FROM generate_series({taken}, {taken + at_once - 1}) AS i"
                )
                taken += at_once


async def test_a_lock_table_that_a_stranger_filled(
    practice: Practice, db: Any, dsn: str, branch_id: str, http: ClientSession, start_server: Any
) -> None:
    server = await start_server()
    dish = await db.fetchval("SELECT id::text FROM menu_items WHERE branch_id = $1 AND available LIMIT 1", branch_id)
    order = {"branchId": branch_id, "table": "T1", "items": [{"menuItemId": dish, "quantity": 1}]}

    async def place_one() -> int:
        async with http.post(f"{server.url}/public/order/place", json=order) as answer:
            return answer.status

    async def readiness() -> tuple[int, Any]:
        async with http.get(f"{server.url}/readyz") as answer:
            return answer.status, await answer.json()

    async def is_ready() -> bool:
        return (await readiness())[0] == 200

    async def takes_orders() -> bool:
        return await place_one() == 201

    assert await place_one() == 201 and await is_ready()
    await db.execute("CREATE ROLE kds_hoarder LOGIN")
    port = {"PORT": str(urlsplit(server.url).port), "HOST": "127.0.0.1"}
    hoarder: Any = await asyncpg.connect(dsn.replace("postgres@", "kds_hoarder@"))
    try:
        assert await is_ready()
        await hoard(hoarder)
        assert await place_one() == 503
        status, answer = await readiness()
        assert (status, answer["status"], answer["database"]) == (503, "not ready", "short")
        assert answer["hoarder"]["pid"] == hoarder.get_server_pid() and answer["hoarder"]["locks"] > 1000
        mend = await practice.finds(
            "The database answers, but is out of room in its lock table",
            f"pid {hoarder.get_server_pid()}, user kds_hoarder, holds",
            **port,
        )
        assert f"pg_terminate_backend({hoarder.get_server_pid()})" in mend
        await practice.mended(mend.removeprefix("sudo "), **port)
        await eventually(takes_orders)
        await eventually(is_ready)
    finally:
        hoarder.terminate()
        await db.execute("DROP ROLE kds_hoarder")


async def test_a_lock_table_that_fills(practice: Practice, db: Any, connect_db: ConnectDb) -> None:
    hoarder = await connect_db()
    room = await db.fetchval(
        "SELECT current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int"
    )
    await hoarder.execute(f"SELECT pg_advisory_lock(i) FROM generate_series(1, {room // 2 + 100}) AS i")
    await practice.mended(
        await practice.finds("The lock table holds", f"pid {hoarder.get_server_pid()}, user postgres")
    )


async def test_a_role_whose_connections_are_all_taken(practice: Practice, db: Any, dsn: str) -> None:
    await db.execute("CREATE ROLE kds_limited LOGIN CONNECTION LIMIT 0")
    try:
        mend = await practice.finds(
            "The database answers, but is out of connections", DATABASE_URL=dsn.replace("postgres@", "kds_limited@")
        )
        looked = await practice.run(f"psql '{dsn}' {mend.split(' ', 2)[2]}")
        assert looked.code == 0 and "usename" in looked.printed
    finally:
        await db.execute("DROP ROLE kds_limited")


async def test_a_full_disk_is_no_service(db: Any, branch_id: str, http: ClientSession, start_server: Any) -> None:
    server = await start_server()
    dish = await db.fetchval("SELECT id::text FROM menu_items WHERE branch_id = $1 AND available LIMIT 1", branch_id)
    order = {"branchId": branch_id, "table": "T1", "items": [{"menuItemId": dish, "quantity": 1}]}
    await db.execute(
        "CREATE FUNCTION fill_disk() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;"
        "CREATE TRIGGER fill_disk BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION fill_disk()"
    )
    async with http.post(f"{server.url}/public/order/place", json=order) as answer:
        assert answer.status == 503 and "is out of disk space" in (await answer.json())["error"]["message"]
    async with http.get(f"{server.url}/readyz") as answer:
        said = await answer.json()
        assert (answer.status, said["database"], said["shortOf"]) == (503, "short", "disk space")


# Rights and locks


async def test_a_schema_that_everybody_may_write(practice: Practice, db: Any) -> None:
    await db.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    await practice.mended(await practice.finds("Every login may create objects in schema public"))


async def test_a_role_that_may_hang_triggers(practice: Practice, db: Any) -> None:
    await db.execute('CREATE ROLE "Kds Till"; GRANT ALL ON orders TO "Kds Till"')
    try:
        await practice.mended(await practice.finds("Role Kds Till may hang triggers on orders"))
    finally:
        await db.execute('DROP OWNED BY "Kds Till"; DROP ROLE "Kds Till"')


async def test_functions_restored_without_their_rights(practice: Practice, db: Any) -> None:
    await db.execute("GRANT EXECUTE ON FUNCTION adopt_epoch() TO PUBLIC")
    await practice.mended(await practice.finds("Every login may call adopt_epoch()"))


async def test_a_leader_that_no_relay_may_end(practice: Practice, db: Any) -> None:
    await db.execute('CREATE ROLE "Kds One"; GRANT INSERT ON ws_connections TO "Kds One"')
    await practice.mended("true")  # of its own role it may
    await db.execute('CREATE ROLE kds_two; GRANT INSERT ON ws_connections TO kds_two; GRANT "Kds One" TO kds_two')
    try:
        said = "A relay of role Kds One may not end a frozen batching leader of role kds_two"
        await practice.mended(await practice.finds(said))
    finally:
        await db.execute('DROP OWNED BY "Kds One", kds_two; DROP ROLE "Kds One", kds_two')


STRIPE = "branch_stripe('{branch_id}')"
HELD = [
    ("the lock of {branch}", f"pg_advisory_lock(493269100, {STRIPE})"),
    ("the gate of the batching relay", "pg_advisory_lock_shared(493269101, 0)"),
    ("the lead of the batching relay", "pg_advisory_lock(493269102, 0)"),
    ("the order numbers of {branch}", f"pg_advisory_lock(493269103, {STRIPE})"),
    ("the rounds of a table", "pg_advisory_lock(493269105, hashtext('{branch_id}T1'))"),
    ("the order numbers of a day", f"pg_advisory_lock(493269106, 9828 << 10 | {STRIPE})"),
    ("a chosen order number", f"pg_advisory_lock(493269107, {STRIPE})"),
]


@pytest.mark.parametrize(("lock", "taken"), HELD, ids=[lock for lock, _ in HELD])
async def test_somebody_who_holds_a_lock(
    practice: Practice, db: Any, connect_db: ConnectDb, branch_id: str, lock: str, taken: str
) -> None:
    holder = await connect_db()
    await holder.execute(f"SELECT {taken.format(branch_id=branch_id)}")
    name = await db.fetchval("SELECT name FROM branches WHERE id = $1", branch_id)
    (finding,) = await lock_findings(db, load_statements(), timedelta(0))
    assert f"has held {lock.format(branch=name)} for over" in finding.what
    assert f"pid {holder.get_server_pid()}, user postgres" in finding.what
    assert await lock_findings(db, load_statements()) == []
    await practice.run(finding.mend)
    await eventually(lambda: is_free(db))


async def is_free(db: Any) -> bool:
    """Whether nobody holds a lock of ours."""
    return await lock_findings(db, load_statements(), timedelta(0)) == []
