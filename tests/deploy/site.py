"""nginx as kds/deploy/nginx.conf has it; only what differs from machine to machine is changed."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest
from aiohttp import ClientConnectorError, ClientSession

from tests.deploy.conftest import ROOT, Programs, sbin
from tests.patience import eventually
from tests.system_postgres import free_port, make_certificate, required

SITE = (ROOT / "kds/deploy/nginx.conf").read_text(encoding="utf-8")
NGINX = """{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/site;
}}
"""


async def start_site(
    programs: Programs, folder: Path, kds_port: int, *, in_server: str = ""
) -> tuple[str, ssl.SSLContext]:
    """The site before the process on this port, with `in_server` added; its URL, and who trusts its certificate."""
    certificate, key = make_certificate(folder)
    port = free_port()
    text = SITE
    for printed, here in [
        ("127.0.0.1:8000", f"127.0.0.1:{kds_port}"),
        ("listen 443 ssl http2", f"listen 127.0.0.1:{port} ssl http2"),
        ("kitchen.example.com", "127.0.0.1"),
        ("/var/log/nginx/kds.log", f"{folder}/access.log"),
        ("/etc/ssl/kds.crt", str(certificate)),
        ("/etc/ssl/kds.key", str(key)),
        ("  client_max_body_size 1m;", f"  client_max_body_size 1m;\n  {in_server}"),
    ]:
        assert printed in text, printed
        text = text.replace(printed, here)
    tls = ssl.create_default_context(cafile=str(certificate))
    await start_nginx(programs, folder, text, f"https://127.0.0.1:{port}/healthz")
    return f"https://127.0.0.1:{port}", tls


async def start_nginx(programs: Programs, folder: Path, site: str, answers: str) -> None:
    """nginx with this site, once it answers there."""
    nginx = sbin("nginx")
    required("nginx", nginx)
    (folder / "site").write_text(site)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(user=user, folder=folder))
    _, log = await programs.start(nginx, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;")

    async def is_up() -> bool:
        try:
            async with ClientSession() as session, session.get(answers, ssl=False) as answer:
                return answer.status == 200
        except ClientConnectorError:
            return False

    try:
        await eventually(is_up)
    except TimeoutError:
        pytest.fail(log.read_text())
