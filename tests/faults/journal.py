"""What screens and writers did and saw, as JSON lines: all that the checker may know beside the database.

A screen writes, each with `screen`, `branch` and `t` (seconds since the epoch):
    {"what": "open" | "closed", "code"}
    {"what": "hello", "epoch"}
    {"what": "snapshot", "revision", "orders": {orderId: table}}
    {"what": "message", "type", "revision", "prev", "orderId", "table"}
    {"what": "live", "live": bool}
    {"what": "board", "revision", "orders": {orderId: digest}}     once, at the end
A writer writes:
    {"what": "placed", "branch", "orderId"}                        a 201, or a COMMIT that returned
    {"what": "unknown", "branch", "key"}                           no answer came; `key` is the order's note
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

ENVELOPE = frozenset({"type", "revision", "prev", "timestamp"})


def digest(order: dict[str, Any]) -> str:
    """A short fingerprint of an order object, whatever message it came in."""
    body = {name: value for name, value in order.items() if name not in ENVELOPE}
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


class Journal:
    """Appends to one file; every line is on its way to the disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def write(self, **record: Any) -> None:
        """One line, with the time."""
        self._file.write(json.dumps({"t": round(time.time(), 4), **record}, separators=(",", ":")) + "\n")

    def close(self) -> None:
        """No more lines."""
        self._file.close()


def read(folder: Path) -> Iterator[dict[str, Any]]:
    """Every line of every journal of a campaign, file by file, each in order."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def shown(line: dict[str, Any]) -> Collection[str]:
    """The orders that a screen is told of by this line; none by a writer's."""
    if line["what"] == "snapshot":
        return line["orders"].keys()  # type: ignore[no-any-return]
    return [line["orderId"]] if line["what"] == "message" else []


class Following:
    """What is written to the journals of a folder from now on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: Counter[Path] = Counter()
        for _ in self.more():
            pass

    def more(self) -> Iterator[dict[str, Any]]:
        """The lines since the last time, as far as they are whole."""
        for path in sorted(self._folder.glob("*.jsonl")):
            with path.open("rb") as file:
                file.seek(self._read[path])
                for line in file:
                    if line.endswith(b"\n"):
                        self._read[path] += len(line)
                        yield json.loads(line)
