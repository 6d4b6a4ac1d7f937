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
from collections.abc import Iterator
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
