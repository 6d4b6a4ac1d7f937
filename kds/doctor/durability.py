"""What would be lost if the server crashed, and how that is mended: by SQL where a setting can be changed so."""

from __future__ import annotations

import shlex
from types import SimpleNamespace
from typing import Any

from kds.doctor.finding import ANY_URL, Finding, identifier, psql

_LOST = {
    "fsync": "a crash can destroy the whole database",
    "synchronous_commit": "a crash can lose committed rows",
}
_AFTERWARDS = {
    # runtime-config-wal.html, fsync: what was written before stays in the kernel's memory
    "fsync": " Then run sync on the server's machine, for what was written until now.",
    "synchronous_commit": "",
}


async def durability_findings(link: Any, sql: SimpleNamespace) -> list[Finding]:
    """Whether a crash can take back what was committed."""
    return [_finding(row) for row in await link.fetch(sql.read_weak_durability)]


def _finding(row: Any) -> Finding:
    name, source, database = row["name"], row["source"], identifier(row["database"])
    what = f"{name} is off ({source}): {_LOST[name]}."
    resets = {
        "global": f"ALTER ROLE ALL RESET {name}",
        "database": f"ALTER DATABASE {database} RESET {name}",
        "user": f"ALTER ROLE CURRENT_USER RESET {name}",
        "database user": f"ALTER ROLE CURRENT_USER IN DATABASE {database} RESET {name}",
    }
    if source in resets:
        return Finding(what, psql(resets[source]))
    if source == "client":
        return Finding(f"{what} The options of DATABASE_URL or PGOPTIONS ask for it.", f"export DATABASE_URL={ANY_URL}")
    if source == "command line":
        # which goes before every file and every SQL
        what += f" The server was started so, which no SQL can change: start it without.{_AFTERWARDS[name]}"
        return Finding(what, f"cat {shlex.quote(row['data_folder'] or 'PGDATA')}/postmaster.opts")
    change = (f"ALTER SYSTEM SET {name} = on", "SELECT pg_reload_conf()")
    if row["may_alter_system"]:
        return Finding(what + _AFTERWARDS[name], psql(*change))
    what += (
        f" Role {row['role']} may not change it: a superuser can, or the console of your provider.{_AFTERWARDS[name]}"
    )
    return Finding(what, psql(*change).replace('"$DATABASE_URL"', ANY_URL.replace("USER", "SUPERUSER")))
