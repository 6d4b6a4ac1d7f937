"""Runs `kds` on the test's database, as an owner would."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.commands import communicate
from tests.flow.commands.menus import MENU, Kds


@pytest.fixture
def dsn_of_commands(dsn: str) -> str:
    """Where the commands work: the address as Heroku spells it."""
    return dsn.replace("postgresql://", "postgres://")


@pytest.fixture
def kds(dsn_of_commands: str) -> Kds:
    """Runs a command on the test's database; exit code and all it printed."""

    async def run(*arguments: str, typed: str = "", **environment: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "kds", *arguments,
            env={**os.environ, "DATABASE_URL": dsn_of_commands, **environment},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await communicate(process, typed.encode("utf-8", "surrogateescape"))
        printed = output.decode()
        assert "Traceback" not in printed
        assert process.returncode is not None
        return process.returncode, printed

    return run


@pytest.fixture
def menu_file(tmp_path: Path) -> Path:
    """A good menu for a branch with the stations Grill and Cold."""
    file = tmp_path / "menu.csv"
    file.write_text(MENU, encoding="utf-8")
    return file
