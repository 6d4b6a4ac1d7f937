"""Fifty connections that ask and ask, in a process of their own: `python -m tests.hardening.crowd URL COUNT FILE`.

FILE has one request a line, in Base64. Each connection asks one after the other, beginning at another place, until
standard input ends; then how often which status was answered is printed as JSON.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

PATIENCE_S = 30.0


async def _ask(host: str, port: int, request: bytes) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        head = b""
        while data := await reader.read(65_536):
            head = head or data[:12]
        return head[9:12].decode() or "none"
    finally:
        writer.close()


async def _again_and_again(url: str, requests: list[bytes], first: int, answers: Counter[str]) -> None:
    parts = urlsplit(url)
    for turn in range(first, sys.maxsize):
        try:
            async with asyncio.timeout(PATIENCE_S):
                answers[await _ask(parts.hostname or "", parts.port or 0, requests[turn % len(requests)])] += 1
        except OSError as error:  # a timeout is one too
            answers[type(error).__name__] += 1


async def _main(url: str, count: int, requests: list[bytes]) -> None:
    answers: Counter[str] = Counter()
    step = max(1, len(requests) // count)
    tasks = [asyncio.create_task(_again_and_again(url, requests, number * step, answers)) for number in range(count)]
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    lines = Path(sys.argv[3]).read_text().splitlines()
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), [base64.b64decode(line) for line in lines]))
