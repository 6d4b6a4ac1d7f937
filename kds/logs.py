"""How a process logs: a line to read, or a JSON object for a program (LOG_FORMAT=json). Never a token, whoever logs.

Messages are an event phrase and `key=value` fields, `log.info("request method=%s status=%d", ...)`; as JSON that is
`{"time":"...","level":"INFO","logger":"...","event":"request","method":"GET","status":200}`.
"""

from __future__ import annotations

import copy
import logging
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMATS = ("text", "json")
_FIELD = re.compile(r" (?=\w+=)")
_BEGINS_FIELD = re.compile(r'\s\w+=|^"')
_SPECIFIER = re.compile(r"%(?!%)[^a-zA-Z]*[a-zA-Z]")
_NAME = "(?i)(token|passw(?:or)?d|secret)"
# Our own lines hold none of these; a traceback or a library's line might.
_SECRETS = (
    (re.compile(r"eyJ[\w-]+\.[\w-]*\.?[\w-]*"), "[token]"),
    (re.compile(r"(?i)(bearer[ .])[\w.~+/=-]+"), r"\1[hidden]"),
    # up to the quote that ends it, or to a space: to hide too much does no harm
    (re.compile(rf"""{_NAME}(["']?\s?[=:]?\s?)("(?:\\.|[^"\\])*(?:"|$)|'(?:\\.|[^'\\])*(?:'|$))"""), r"\1\2[hidden]"),
    (re.compile(rf"""{_NAME}(["']?\s?[=:]\s?)[^\s&"'][^\s&]*"""), r"\1\2[hidden]"),
    # a password may hold an @ that nobody encoded
    (re.compile(r"(postgres(?:ql)?://[^\s:/@]*:).+@"), r"\1[hidden]@"),
)


def configure_logs(environ: Mapping[str, str]) -> None:
    """Logs to standard error as LOG_LEVEL and LOG_FORMAT say; kds/config refuses what they cannot be."""
    level = environ.get("LOG_LEVEL", "").upper()
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if environ.get("LOG_FORMAT") == "json" else Lines())
    logging.basicConfig(level=level if level in LEVELS else "INFO", handlers=[handler])
    # warns of every handshake without our subprotocol, which is legal, and quotes all that the client sent
    logging.getLogger("aiohttp.websocket").setLevel(logging.ERROR)


def hide_secrets(text: str) -> str:
    """The text without what looks like a token, a password or a secret."""
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text


class Lines(logging.Formatter):
    """`2026-11-23 12:00:00,000 INFO kds.server serving url=http://...`; no path can break it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback below it."""
        return hide_secrets(super().format(_with_quoted_fields(record)))

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line without anything that would end it or steer a terminal."""
        line = super().formatMessage(record)
        if line.isprintable():
            return line
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


class JsonLines(logging.Formatter):
    """One JSON object a line, numbers as numbers."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, a traceback in its field `exception`."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        shown = {name: _shown(value) if isinstance(value, str) else value for name, value in line.items()}
        return msgspec.json.encode(shown).decode()


def _with_quoted_fields(record: logging.LogRecord) -> logging.LogRecord:
    """The record itself, or one whose values stand in quotes where they could be taken for further fields."""
    fields = _fields(record)
    event = fields.pop("event")
    if not any(isinstance(value, str) and _BEGINS_FIELD.search(value) for value in fields.values()):
        return record
    quoted = copy.copy(record)
    quoted.msg, quoted.args = " ".join((event, *(f"{name}={_quoted(value)}" for name, value in fields.items()))), None
    return quoted


def _quoted(value: object) -> str:
    text = str(value)
    return msgspec.json.encode(_shown(text)).decode() if _BEGINS_FIELD.search(text) else text


def _shown(text: str) -> str:
    # a lone surrogate, from bytes that were no UTF-8, is in no JSON
    return hide_secrets(text).encode(errors="backslashreplace").decode()


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """The phrase as `event`, and the fields; of a message that is built otherwise the whole text as `event`."""
    phrase, *fields = _FIELD.split(str(record.msg))
    arguments = list(record.args) if isinstance(record.args, tuple) else []
    wanted = len(_SPECIFIER.findall(str(record.msg)))
    if len(arguments) != wanted or _SPECIFIER.search(phrase):
        return {"event": record.getMessage()}
    found: dict[str, Any] = {"event": phrase}
    for field in fields:
        name, _, template = field.partition("=")
        count = len(_SPECIFIER.findall(template))
        taken, arguments = tuple(arguments[:count]), arguments[count:]
        text = template % taken
        found[name] = _number(text) if count == 1 and isinstance(taken[0], int | float) else text
    return found


def _number(text: str) -> int | float | str:
    try:
        return msgspec.json.decode(text, type=int | float)
    except msgspec.DecodeError:
        return text


class Seldom:
    """A warning that strangers can cause without end: told once in `every_s` seconds, with how often it was due."""

    def __init__(self, logger: logging.Logger, message: str, *, every_s: float = 10.0) -> None:
        self._logger = logger
        self._message = f"{message} count=%d"
        self._every_s = every_s
        self._next_at = 0.0
        self._count = 0

    def warn(self, *arguments: object) -> None:
        """Tells of this time and of those that were not told of, or only counts."""
        self._count += 1
        now = time.monotonic()
        if now >= self._next_at:
            self._logger.warning(self._message, *arguments, self._count)
            self._count, self._next_at = 0, now + self._every_s
