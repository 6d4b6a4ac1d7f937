"""The ways to a deployment change: roles, poolers, proxies, certificates; and the day starts at another time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aiohttp import ClientSession, TCPConnector

from tests.deploy.conftest import ROOT
from tests.deploy.pooler import start_pooler
from tests.deploy.site import start_nginx, start_site
from tests.deploy.week.authority import Authority
from tests.deploy.week.deployment import Deployment, Way
from tests.deploy.week.probe import probe, works
from tests.system_postgres import free_port, make_certificate

README = (ROOT / "kds/deploy/README.md").read_text(encoding="utf-8")
PROXY = """map $http_upgrade $next {{ default upgrade; '' ''; }}
server {{
  listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};
  location / {{
    proxy_pass {upstream}; proxy_http_version 1.1; proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $next;
  }}
}}
"""
"""A proxy of somebody else's, which adds the address of its client to those that it was told."""


async def rename_roles(deployment: Deployment) -> None:
    """ALTER ROLE RENAME of all three, while a process serves."""
    async with deployment.serving() as url, ClientSession() as http, deployment.session() as dba:
        for role in ("owner", "service", "till"):
            old = getattr(deployment, role)
            await dba.execute(f"ALTER ROLE {old} RENAME TO {old}_new")
        deployment.owner, deployment.till = f"{deployment.owner}_new", f"{deployment.till}_new"
        # what is connected goes on; whoever comes anew is told
        await probe(deployment, http, url)
    code, printed = await deployment.kds("doctor")
    assert code == 1 and "password authentication failed" in printed, printed
    deployment.hear(printed, "give the right address")
    deployment.service += "_new"
    await deployment.settle()
    await works(deployment, "give the right address")


async def behind_session_pooler(deployment: Deployment) -> None:
    """PgBouncer in session mode before everything, for this release and kds migrate too."""
    deployment.way = await _pooled(deployment, "session")
    await deployment.migrate()
    await deployment.settle()
    await works(deployment)
    deployment.way = deployment.direct


async def behind_transaction_pooler(deployment: Deployment) -> None:
    """PgBouncer in transaction mode: refused without LISTEN_DATABASE_URL, which kds doctor writes."""
    deployment.way = await _pooled(deployment, "transaction")
    for command, role in (("migrate", deployment.owner), ("serve", "")):
        code, printed = await deployment.kds(command, role=role)
        assert code == 1 and "LISTEN_DATABASE_URL" in printed, printed
    await deployment.settle()
    assert f":{deployment.server.port}/" in deployment.environment["LISTEN_DATABASE_URL"]
    await works(deployment, "leads through a pooler in transaction mode")
    del deployment.environment["LISTEN_DATABASE_URL"]
    deployment.way = deployment.direct


async def _pooled(deployment: Deployment, mode: str) -> Way:
    roles = [deployment.service, deployment.owner, deployment.till]
    port = await start_pooler(deployment.programs, deployment.server, roles, deployment.database, mode=mode)
    return Way(port, "sslmode=disable")


async def behind_two_proxies(deployment: Deployment) -> None:
    """Somebody else's proxy before the site of nginx.conf, then before another of its kind, as kds/deploy says."""
    (in_site,) = [
        line.strip() for line in README.splitlines() if "set_real_ip_from" in line and line.startswith("    ")
    ]
    assert "`TRUST_PROXY=2`" in README
    limits = {"ORDERS_PER_ADDRESS_PER_MINUTE": "2"}
    for trusted in ("1", "2"):
        async with deployment.serving(TRUST_PROXY=trusted, **limits) as url:
            kds_port, folder = int(url.rpartition(":")[2]), deployment.folder / f"proxies-{trusted}"
            inner_folder = folder / "inner"
            inner_folder.mkdir(parents=True)
            if trusted == "1":
                in_server = in_site.replace("192.0.2.10", "127.0.0.1")
                inner, _ = await start_site(deployment.programs, inner_folder, kds_port, in_server=in_server)
            else:
                inner = await _start_proxy(deployment, inner_folder, url)
            outer = await _start_proxy(deployment, folder, inner)
            await _tells_clients_apart(deployment, outer)
    await deployment.settle()
    await works(deployment)


async def _start_proxy(deployment: Deployment, folder: Path, upstream: str) -> str:
    certificate, key = make_certificate(folder)
    port = free_port()
    site = PROXY.format(port=port, certificate=certificate, key=key, upstream=upstream)
    await start_nginx(deployment.programs, folder, site, f"https://127.0.0.1:{port}/healthz")
    return f"https://127.0.0.1:{port}"


async def _tells_clients_apart(deployment: Deployment, url: str) -> None:
    for address in ("127.0.0.2", "127.0.0.3"):
        async with ClientSession(connector=TCPConnector(ssl=False, local_addr=(address, 0))) as http:
            await probe(deployment, http, url)  # one order of a guest, and a second is one too many after the next
            forged = {"X-Forwarded-For": "198.51.100.7"}
            order = {"branchId": deployment.branch_id, "table": "T1", "items": [await _dish(deployment)]}
            for expected in (201, 429):
                async with http.post(f"{url}/public/order/place", json=order, headers=forged) as answer:
                    assert answer.status == expected, (address, await answer.text())


async def _dish(deployment: Deployment) -> dict[str, object]:
    async with deployment.session() as dba:
        return {
            "menuItemId": str(await dba.fetchval("SELECT id FROM menu_items WHERE available LIMIT 1")),
            "quantity": 1,
        }


async def to_private_authority(deployment: Deployment) -> None:
    """An authority that nobody knows certifies the server where it has TLS, else a PgBouncer before it."""
    authority = Authority(deployment.server.folder / "authority")
    certificate, key = authority.certify("127.0.0.1", user=deployment.server.user)
    if deployment.server.has_tls:
        async with deployment.session() as dba:
            await dba.execute(f"ALTER SYSTEM SET ssl_cert_file = '{certificate}'")
            await dba.execute(f"ALTER SYSTEM SET ssl_key_file = '{key}'")
            await dba.execute("SELECT pg_reload_conf()")
        port = deployment.server.port
    else:
        roles = [deployment.service, deployment.owner, deployment.till]
        port = await start_pooler(deployment.programs, deployment.server, roles, deployment.database,
                                  mode="session", tls=(certificate, key))  # fmt: skip
    other = Authority(deployment.server.folder / "another")
    for parameters, said in (
        ("sslmode=verify-full", "add sslrootcert=FILE of your provider"),
        (f"sslmode=verify-full&sslrootcert={other.certificate}", "the authority that signed it as sslrootcert=FILE"),
    ):
        deployment.way = Way(port, parameters)
        for command, role in (("migrate", deployment.owner), ("doctor", "")):
            code, printed = await deployment.kds(command, role=role)
            assert code == 1, printed
        deployment.hear(printed, said)
    deployment.way = replace(deployment.way, parameters=f"sslmode=verify-full&sslrootcert={authority.certificate}")
    await deployment.migrate()
    await deployment.settle()
    await works(deployment, "sslrootcert", "sslrootcert")
    deployment.way = deployment.direct


async def day_starts_at_midnight(deployment: Deployment) -> None:
    """In the first hour of a day the start of the day moves from 04:00 to midnight and back, while a process serves."""
    day = "SELECT ((now() AT TIME ZONE timezone) - day_starts_at)::date FROM branches WHERE id = $1"
    change = "UPDATE branches SET day_starts_at = $2::text::time WHERE id = $1"
    async with deployment.session() as dba, deployment.serving() as url, ClientSession() as http:
        hour = await dba.fetchval("SELECT extract(hour FROM now() AT TIME ZONE 'UTC')::integer")
        zone = f"Etc/GMT+{hour}" if hour <= 12 else f"Etc/GMT-{24 - hour}"
        await dba.execute("UPDATE branches SET timezone = $2 WHERE id = $1", deployment.branch_id, zone)
        days = []
        for starts_at in ("04:00", "00:00", "04:00", "00:00"):
            await dba.execute(change, deployment.branch_id, starts_at)
            days.append(await dba.fetchval(day, deployment.branch_id))
            await probe(deployment, http, url, gap=1)  # what was drawn of the other day is left out
        assert (days[0], days[1]) == (days[2], days[3]) and (days[1] - days[0]).days == 1
    await deployment.settle()
    await works(deployment)
