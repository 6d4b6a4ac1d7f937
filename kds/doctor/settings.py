"""Whether `kds serve` would start with this environment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kds.config import Config
from kds.doctor.finding import ANY_URL, Finding
from kds.errors import ConfigError

_MENDS = {
    "JWT_SECRET": "export JWT_SECRET=$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')",
    "DATABASE_URL": f"export DATABASE_URL={ANY_URL}",
}


def settings_findings(environ: Mapping[str, str]) -> list[Finding]:
    """Everything that is missing, unreadable or weak. What is not required is mended by its default."""
    try:
        Config.from_env(environ)
    except ConfigError as error:
        return [Finding(fault, _mend(fault)) for fault in error.faults]
    return []


def _mend(fault: str) -> str:
    name = re.split("[^A-Z_]", fault, maxsplit=1)[0]
    return _MENDS.get(name, f"unset {name}")
