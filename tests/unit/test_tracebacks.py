"""A test that leaves a traceback at ERROR fails, whichever process logged it and whoever reads its standard error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOGS = "import logging; logging.getLogger('kds').exception('broken', exc_info=ValueError('a fault of ours'))"
FORGETS = """
import asyncio, gc
async def forget():
    async def fail(): raise ValueError('a fault of ours')
    asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
asyncio.run(forget())
"""
CASES = {
    "a line without one": ("import logging; logging.getLogger('kds').error('database away')", True),
    "logged": (LOGS, False),
    "never retrieved": (FORGETS, False),
    "uncaught": ("raise ValueError('a fault of ours')", False),
    "in a thread": (
        "import threading as t; a = t.Thread(target=lambda: int('a fault of ours')); a.start(); a.join()",
        False,
    ),
    "on purpose": (LOGS, True),
}
CAUGHT_BY_PYTEST = ("uncaught", "in a thread")
HERE, ELSEWHERE = "in this process", "in a process whose errors nobody reads"


@pytest.mark.parametrize(
    ("where", "case"),
    [*((HERE, case) for case in CASES if case not in CAUGHT_BY_PYTEST), *((ELSEWHERE, case) for case in CASES)],
)
def test_whoever_leaves_a_traceback_fails(tmp_path: Path, case: str, where: str) -> None:
    code, is_fine = CASES[case]
    lines = [
        "import subprocess, sys, pytest",
        *(["@pytest.mark.expects_error('a test of this')"] if case == "on purpose" else []),
        "def test_it():",
        f"    exec({code!r}, {{}})" if where == HERE else
        f"    subprocess.run([sys.executable, '-c', {code!r}], stderr=subprocess.DEVNULL)",
    ]  # fmt: skip
    (tmp_path / "test_it.py").write_text("\n".join(lines))
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.tracebacks", "-p", "no:cacheprovider", "--strict-markers",
         "-c", "/dev/null", "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.returncode == 0) is is_fine, ended.stdout
    assert is_fine or "a fault of ours" in ended.stdout
