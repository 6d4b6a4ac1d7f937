"""The files libpq reads beside a URL: a connection service (pg_service.conf) and passwords (.pgpass)."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from kds.errors import BadDatabaseUrl


def read_service(parameters: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """The parameters of the connection service that the URL or PGSERVICE names; empty when none is named.

    Raises:
        BadDatabaseUrl: there is no such service, or its file cannot be read.
    """
    service = parameters.get("service") or environ.get("PGSERVICE")
    if not service:
        return {}
    given = parameters.get("servicefile") or environ.get("PGSERVICEFILE")
    files = [Path(given)] if given else [*_at_home(environ, ".pg_service.conf")]
    if environ.get("PGSYSCONFDIR"):
        files.append(Path(environ["PGSYSCONFDIR"], "pg_service.conf"))
    for file in files:
        try:
            found = _service_of(file.read_text(encoding="utf-8"), service)
        except FileNotFoundError:
            if given:
                raise BadDatabaseUrl(f"names the service file {given}, which does not exist") from None
            continue
        except (OSError, ValueError) as error:
            raise BadDatabaseUrl(f"names a service, but {file} cannot be read: {error}") from None
        if found is not None:
            return found
    raise BadDatabaseUrl(f"names the service {service!r}, which no service file defines")


def _service_of(text: str, service: str) -> dict[str, str] | None:
    found: dict[str, str] | None = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            if found is not None:
                break
            found = {} if line == f"[{service}]" else None
        elif found is not None and line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            if not equals or name == "service":
                raise ValueError(f"the service {service!r} has a line that is no name=value")
            found.setdefault(name.strip(), value.strip())
    return found


def password_of(
    parameters: Mapping[str, str], environ: Mapping[str, str], host: str, port: int, database: str, user: str
) -> str | None:
    """The password that the password file has for this server, database and user; None when it has none.

    A file that others may read is not used, as libpq does: file_passed_over() says it.
    """
    for file in _password_files(parameters, environ):
        try:
            if _unfit(file):
                return None
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return None
        hosts = {host, "localhost"} if host.startswith("/") else {host}
        for line in lines:
            fields = [re.sub(r"\\(.)", r"\1", field) for field in re.findall(r"((?:\\.|[^:\\])*)(?::|$)", line)][:5]
            if line.startswith("#") or len(fields) < 5:
                continue
            wanted = (hosts, {str(port)}, {database}, {user})
            if all(field == "*" or field in allowed for field, allowed in zip(fields, wanted, strict=False)):
                return fields[4]
    return None


def file_passed_over(parameters: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """Says of a password file that is there and not used why, as libpq warns."""
    said = []
    for file in _password_files(parameters, environ):
        try:
            fault = _unfit(file)
        except (OSError, ValueError):  # none is there
            continue
        if fault:
            said.append(f"takes no password from the file {file}, as psql: {fault}")
    return said


def _unfit(file: Path) -> str | None:
    """Why no password is taken from a file."""
    mode = file.stat().st_mode
    if not stat.S_ISREG(mode):
        return "it is not a plain file"
    if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        return "it has group or world access; permissions should be u=rw (chmod 600)"
    return None


def _password_files(parameters: Mapping[str, str], environ: Mapping[str, str]) -> list[Path]:
    given = parameters.get("passfile")
    return [Path(given)] if given else _at_home(environ, ".pgpass" if sys.platform != "win32" else "pgpass.conf")


def _at_home(environ: Mapping[str, str], name: str) -> list[Path]:
    if sys.platform == "win32":
        folder = environ.get("APPDATA")
        return [Path(folder, "postgresql", name)] if folder else []
    home = environ.get("HOME") or os.path.expanduser("~")
    return [Path(home, name)] if home.startswith("/") else []
