"""What a database URL and the PG* variables ask for is what a real server with TLS is asked for."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import asyncpg
import pytest
from aiohttp import ClientSession

from kds.errors import BadDatabaseUrl
from kds.postgres.connect import connect, create_pool, reason
from tests.deploy.conftest import Programs
from tests.deploy.kitchen import ready
from tests.system_postgres import CERTIFIED_NAME, PASSWORD, SystemPostgres, free_port, run

KDS = Path(sys.executable).with_name("kds")


@pytest.mark.parametrize(
    "extra",
    [
        "connect_timeout=10",
        "channel_binding=prefer",
        "channel_binding=require",
        "keepalives=1&keepalives_idle=30&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=10000",
        "keepalives=0",
        "application_name=restaurant&fallback_application_name=x&client_encoding=auto",
        "target_session_attrs=read-write",
        "target_session_attrs=primary&load_balance_hosts=random",
        "gssencmode=disable&sslsni=1&sslcompression=0&sslcertmode=allow",
        "ssl_min_protocol_version=TLSv1.3",
        "sslmode=verify-full&sslrootcert={certificate}",
        "sslmode=verify-ca&sslrootcert={certificate}",
        "sslmode=prefer",
        "ssl=true",
    ],
)
async def test_every_command_takes_what_psql_takes(
    environment: dict[str, str], system_postgres: SystemPostgres, extra: str
) -> None:
    extra = extra.format(certificate=system_postgres.folder / "server.crt")
    url = f"{environment['DATABASE_URL']}&{extra}"
    code, printed = await run("psql", url, "-Atc", "SELECT 'there'", environment={"PGSSLMODE": ""})
    # psql of 15 does not know the words of later ones
    assert code == 0 or "invalid URI query parameter" in printed, printed
    for command in ("migrate", "doctor"):
        code, printed = await run(KDS, command, environment=environment | {"DATABASE_URL": url})
        assert code == 0 and "Traceback" not in printed, printed


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("sslmode=no-verify", "sslmode=require"),
        ("pgbouncer=true", "LISTEN_DATABASE_URL"),
        ("no_such_setting=1", "no_such_setting"),
        ("statement_timeout=soon", "statement_timeout"),
        ("sslmode=verify-full", "sslrootcert"),
        ("sslrootcert=/no/where.crt", "/no/where.crt"),
        ("sslmode=verify-full&sslrootcert=system", "certificate"),
        ("options=-cno_such_setting%3D1", "no_such_setting"),
        ("target_session_attrs=read-only", "read-write"),
        ("user=", ""),
    ],
)
async def test_what_cannot_be_had_gets_a_sentence(environment: dict[str, str], extra: str, said: str) -> None:
    wrong = environment | {
        "DATABASE_URL": f"{environment['DATABASE_URL']}&{extra}",
        "HOME": "/nonexistent",
        "PORT": "0",
    }
    for command in ("migrate", "doctor", "branch list"):
        code, printed = await run(KDS, *command.split(), environment=wrong)
        assert code == 1 and said in printed and "Traceback" not in printed, printed
        assert "not-a-secret" not in printed


async def test_settings_of_a_url_last_as_long_as_a_pool(system_postgres: SystemPostgres, sold_role: str) -> None:
    url = system_postgres.tls_dsn(sold_role, sold_role) + "&statement_timeout=4321&options=-cwork_mem%3D5MB"
    pool = await create_pool(url, size=1, command_timeout_s=5, direct=True)
    try:
        for _ in range(2):  # what a connection was set to is forgotten when it is given back
            async with pool.acquire() as connection:
                asked = "SELECT current_setting('statement_timeout'), current_setting('work_mem')"
                assert tuple(await connection.fetchrow(asked)) == ("4321ms", "5MB")
    finally:
        await pool.close()


async def test_the_variables_of_libpq_count(
    environment: dict[str, str], system_postgres: SystemPostgres, sold_role: str, tmp_path: Path
) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text(f"127.0.0.1:{system_postgres.port}:*:{sold_role}:not-a-secret-of-anybody\n")
    passwords.chmod(0o600)
    variables = {
        "DATABASE_URL": "postgresql://", "PGHOST": "127.0.0.1", "PGPORT": str(system_postgres.port),
        "PGUSER": sold_role, "PGDATABASE": sold_role, "PGPASSFILE": str(passwords), "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(system_postgres.folder / "server.crt"), "PGCONNECT_TIMEOUT": "5", "PGAPPNAME": "x",
    }  # fmt: skip
    for command in ("migrate", "doctor"):
        code, printed = await run(KDS, command, environment=environment | variables)
        assert code == 0, printed
    code, printed = await run(KDS, "migrate", environment=environment | variables | {"PGSSLMODE": "disable"})
    assert code == 1 and "no encryption" in printed, printed


async def test_a_link_that_is_not_verified_is_said_at_the_start(environment: dict[str, str]) -> None:
    far = environment | {"DATABASE_URL": "postgres://u:secret-word@db.invalid/kds"}
    code, printed = await run(KDS, "migrate", environment=far)
    assert code == 1 and "does not verify who answers" in printed and "secret-word" not in printed, printed


async def test_each_host_is_verified_by_its_own_name(system_postgres: SystemPostgres, sold_role: str) -> None:
    certificate = system_postgres.folder / "server.crt"
    url = system_postgres.tls_dsn(sold_role, sold_role).replace("sslmode=require", "sslmode=verify-full")
    await (await connect(f"{url}&sslrootcert={certificate}", "kds-check", timeout_s=10)).close()
    # the certificate is for the address, not for the name
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        await connect(f"{url}&sslrootcert={certificate}".replace("127.0.0.1", "localhost"), "kds-check", timeout_s=10)
    assert "give the host as the certificate names it" in reason(refused.value)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connect(url.replace(":not-a", ":wrong").replace("verify-full", "require"), "kds-check", timeout_s=10)


@pytest.mark.parametrize("root", ["system", "{certificate}"])
@pytest.mark.parametrize("mode", ["sslmode=verify-full&", ""])
async def test_behind_hostaddr_the_certificate_is_that_of_the_host(
    system_postgres: SystemPostgres, sold_role: str, monkeypatch: pytest.MonkeyPatch, root: str, mode: str
) -> None:
    certificate = system_postgres.folder / "server.crt"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    root = root.format(certificate=certificate)
    if root != "system" and not mode:
        mode = "sslmode=verify-full&ssl_min_protocol_version=TLSv1.3&"

    def url(host: str) -> str:
        rest = f"{mode}sslrootcert={root}&hostaddr=127.0.0.1"
        return f"postgresql://{sold_role}:{PASSWORD}@{host}:{system_postgres.port}/{sold_role}?{rest}"

    connection = await connect(url(CERTIFIED_NAME), "kds-check", timeout_s=10)
    assert await connection.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    connection.terminate()
    with pytest.raises(ssl.SSLCertVerificationError):
        await connect(url("evil.example"), "kds-check", timeout_s=10)
    with pytest.raises(BadDatabaseUrl, match="as host"):
        await connect(url(""), "kds-check", timeout_s=10)


async def test_the_password_file_knows_a_server_by_its_host(
    system_postgres: SystemPostgres, sold_role: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text(f"{CERTIFIED_NAME}:*:*:{sold_role}:{PASSWORD}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    where = f"{sold_role}@{CERTIFIED_NAME}:{system_postgres.port}/{sold_role}?hostaddr=127.0.0.1&sslmode=require"
    await (await connect(f"postgresql://{where}", "kds-check", timeout_s=10)).close()


async def test_doctor_and_serve_say_that_a_link_is_not_verified(
    environment: dict[str, str], programs: Programs, http: ClientSession
) -> None:
    # 127.1 is this machine for the system, and a name like any other for us
    far = {**environment, "DATABASE_URL": environment["DATABASE_URL"].replace("@127.0.0.1", "@127.1"), "DYNO": "web.1"}
    code, printed = await run(KDS, "migrate", environment=far)
    assert code == 0 and "does not verify who answers" in printed, printed
    code, printed = await run(KDS, "doctor", environment=far)
    assert code == 0 and "All is well" in printed, printed
    assert "note   DATABASE_URL encrypts the link to 127.1, but does not verify" in printed
    assert "note   TRUST_PROXY is not set" in printed
    port = free_port()
    _, log = await programs.start(KDS, "serve", environment={**far, "PORT": str(port)})
    await ready(http, f"http://127.0.0.1:{port}")
    assert "WARNING kds.commands.operations.serve settings: DATABASE_URL encrypts the link to 127.1" in log.read_text()
    code, printed = await run(KDS, "doctor", environment=environment)
    assert "note" not in printed, printed
