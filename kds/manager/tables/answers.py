"""What the table sheet answers, as /openapi.json tells it."""

from __future__ import annotations

from uuid import UUID

import msgspec


class Code(msgspec.Struct):
    """A QR code as the path of an SVG whose unit is one module."""

    size: int
    path: str


class TableCard(msgspec.Struct):
    """The signed link of a table, and its code."""

    table: str
    url: str
    code: Code


class TableSheet(msgspec.Struct):
    """What a manager prints."""

    branchId: UUID
    name: str
    locality: str
    requiresTableToken: bool
    tables: list[TableCard]
