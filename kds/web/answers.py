"""The shapes of answers, as /openapi.json tells them. Nothing is built from them; schemathesis checks it."""

from __future__ import annotations

import msgspec


class ErrorDetail(msgspec.Struct):
    """`code` for programs, `message` for people."""

    code: str
    message: str


class Error(msgspec.Struct):
    """How every refusal looks."""

    error: ErrorDetail
