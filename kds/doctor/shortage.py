"""A database that answers and is out of something: what, who has it, and what ends that."""

from __future__ import annotations

import asyncio
import contextlib
import urllib.request
from types import SimpleNamespace
from typing import Any

import msgspec

from kds.config import Config
from kds.doctor.finding import ANY_URL, Finding, psql
from kds.postgres.shortage import LOCKS, Hoarder, read_hoarder, shortage

ASK_SERVICE_TIMEOUT_S = 3.0
LOCKS_SHARE_MAX = 0.5
"""PostgreSQL gives more than max_locks_per_transaction promises, but not for long."""
_SUPERUSER = ANY_URL.replace("USER", "SUPERUSER")
_SESSIONS = "SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC"


async def shortage_finding(error: BaseException, link: Any, sql: SimpleNamespace, config: Config | None) -> Finding:
    """What an error with a shortage means; `link` is None when it was met on the way in."""
    short_of = shortage(error)
    what = f"The database answers, but is out of {short_of} ({str(error).partition(chr(10))[0]})."
    if short_of == "connections":
        # some are kept for superusers, as long as those have not taken them
        what += " End sessions that nobody needs, or raise max_connections or the CONNECTION LIMIT of the role."
        return Finding(what, psql(_SESSIONS).replace('"$DATABASE_URL"', _SUPERUSER))
    if short_of == "disk space":
        return Finding(what + " Make room on the server's machine: what is written fails until then.", "df -h")
    if short_of != LOCKS:
        return Finding(what + " Look at what else runs on the server's machine, and into its log.", "free -m")
    if link is not None:
        return _hoarded(what, await read_hoarder(link, sql, {}))
    what += " While that lasts nobody comes in, with psql neither."
    hoarder = await _ask_service(config)
    if hoarder is None:
        what += " A session of a superuser that is open already can end the one that holds most; else restart it."
        return Finding(what, "sudo systemctl restart postgresql")
    what += f" {_words(hoarder)}, says kds serve. On the server's machine:"
    return Finding(what, f"sudo kill {hoarder.pid}  # or, in a session that is open: {_end(hoarder.pid)}")


async def hoard_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether the lock table fills up: then every change of an order fails, and nobody comes in any more."""
    hoarder = await read_hoarder(link, sql, {})
    if hoarder is None or hoarder.locks_of_all < LOCKS_SHARE_MAX * hoarder.room:
        return []
    holds = f"The lock table holds {hoarder.locks_of_all} locks and has room for some {hoarder.room}"
    return [_hoarded(f"{holds}: when it is full, orders fail.", hoarder)]


def _hoarded(what: str, hoarder: Hoarder | None) -> Finding:
    if hoarder is None:
        return Finding(what, psql("SELECT pid, count(*) FROM pg_locks GROUP BY pid ORDER BY 2 DESC"))
    return Finding(f"{what} {_words(hoarder)}.", psql(_end(hoarder.pid)))


def _words(hoarder: Hoarder) -> str:
    return f"pid {hoarder.pid}, user {hoarder.role}, holds {hoarder.locks} of them"


def _end(pid: int) -> str:
    return f"SELECT pg_terminate_backend({pid})"


async def _ask_service(config: Config | None) -> Hoarder | None:
    """Whom a `kds serve` of this environment names in /readyz, if one runs here: its connections are in already."""
    if config is None:
        return None
    host, port = config.metrics_address or (config.host, config.port)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    url = f"http://[{host}]:{port}/readyz" if ":" in host else f"http://{host}:{port}/readyz"
    return await asyncio.to_thread(_read_hoarder, url)


def _read_hoarder(url: str) -> Hoarder | None:
    with contextlib.suppress(OSError, msgspec.MsgspecError, ValueError):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _TakesAnyStatus())
        with opener.open(url, timeout=ASK_SERVICE_TIMEOUT_S) as answer:
            return msgspec.json.decode(answer.read(100_000), type=_Readiness).hoarder
    return None


class _TakesAnyStatus(urllib.request.HTTPErrorProcessor):
    """503 carries what is asked for."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response


class _Readiness(msgspec.Struct):
    hoarder: Hoarder | None = None
