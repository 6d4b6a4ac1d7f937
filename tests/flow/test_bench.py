"""The benchmarks run: small, without what they would install, and nothing is lost in them."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from tests.commands import communicate

SMALL = {
    "fanout": ["--servers", "kds", "--sockets", "5", "--deliveries", "50", "--per-second", "100", "--rounds", "1"],
    "latency": ["--rates", "20", "--relays", "1", "--seconds", "1", "--rounds", "1"],
}
LIMIT_S = 120.0


@pytest.mark.parametrize("name", SMALL)
async def test_a_benchmark_prints_a_table_and_json_and_loses_nothing(name: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench", name, *SMALL[name],
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await communicate(process, within_s=LIMIT_S)
    assert process.returncode == 0, errors.decode()
    shown, _, data = output.decode().partition("```json\n")
    assert "| " in shown
    found = json.loads(data.partition("\n```")[0])
    runs = found["fanout"][0]["runs"] if name == "fanout" else found[0]["runs"]
    assert [run["lost"] for run in runs] == [0]
