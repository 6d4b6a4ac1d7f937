"""A shell in which `kds doctor` examines, and in which the command that it printed is run."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.clusters import Cluster
from tests.commands import communicate

COMMAND_WITHIN_S = 60.0


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
        output, _ = await communicate(process, within_s=COMMAND_WITHIN_S)
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
