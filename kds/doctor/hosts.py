"""The hosts of an address that names several: which is the primary, how far the others are behind, what can be lost."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import shlex
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from kds.doctor.finding import Finding
from kds.doctor.link import ANSWER_TIMEOUT_S, CONNECT_TIMEOUT_S, REFUSALS
from kds.domain.text import printable
from kds.postgres.connect import reason
from kds.postgres.hosts import connect_primary
from kds.postgres.url.address import Address, Host, read_address

BEHIND_MAX_S = 30.0


async def host_findings(
    url: str, environ: Mapping[str, str], sql: SimpleNamespace
) -> tuple[list[Finding], list[str]] | None:
    """What is wrong with the hosts, and a line on each; None when there is one host only."""
    address = read_address(url, environ)
    if len(address.hosts) < 2:
        return None
    seen = await asyncio.gather(*(_look(address, host, sql) for host in address.hosts))
    there = [(host, row) for host, row in zip(address.hosts, seen, strict=True) if not isinstance(row, Finding)]
    findings = [row for row in seen if isinstance(row, Finding)]
    primaries = [host for host, row in there if row["takes_writes"]]
    names = " ".join(row["synchronous_names"] for _, row in there if row["takes_writes"])
    if len(primaries) > 1 and address.target != "any":
        both = " and ".join(map(_name, primaries))
        findings.append(Finding(f"{both} both take writes: one of them will lose what it takes.", "patronictl list"))
    for host, row in there:
        findings += _standby_findings(host, row)
    return findings, [_words(host, row, names) for host, row in there]


async def _look(address: Address, host: Host, sql: SimpleNamespace) -> Any:
    alone = dataclasses.replace(address, hosts=(host,), target="any")
    try:
        link = await connect_primary(
            alone, "kds-doctor", None, CONNECT_TIMEOUT_S, statement_cache_size=0, command_timeout=ANSWER_TIMEOUT_S
        )
        try:
            return await link.fetchrow(sql.read_replication)
        finally:
            link.terminate()
    except REFUSALS as error:
        where = f"-h {shlex.quote(host.name)} -p {host.port}"
        return Finding(f"{_name(host)} does not answer ({reason(error)}).", f"pg_isready {where}")


def _standby_findings(host: Host, row: Any) -> list[Finding]:
    if not row["is_standby"]:
        return []
    if not row["follows"]:
        return [Finding(f"{_name(host)} is a standby that follows nobody.", "patronictl list")]
    if row["behind_s"] > BEHIND_MAX_S:
        return [Finding(f"{_name(host)} is {row['behind_s']:.0f} s behind the primary.", "patronictl list")]
    return []


def _words(host: Host, row: Any, synchronous_names: str) -> str:
    if row["takes_writes"]:
        waits = f"commits wait for {printable(synchronous_names[:100])}" if synchronous_names else ""
        return f"{_name(host)} is the primary, {waits or 'commits wait for no standby: they can be lost with it'}"
    if not row["is_standby"]:
        return f"{_name(host)} takes no writes: default_transaction_read_only is on"
    name, role = row["member"], row["role"]
    if name is None:
        synchronous = f"whether synchronous only GRANT pg_monitor TO {role} tells"
    else:
        # such as node2, or ANY 1 (node2, "node3")
        is_named = not {name, "*"}.isdisjoint(re.split(r'[\s,()"]+', synchronous_names))
        synchronous = "synchronous" if is_named else "not synchronous"
    return f"{_name(host)} is a standby, {row['behind_s']:.1f} s behind, {synchronous}"


def _name(host: Host) -> str:
    return f"{host.name}:{host.port}"
