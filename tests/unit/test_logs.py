"""What a process logs: kds/logs.py."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kds.logs import JsonLines, Lines, Seldom

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


def record(message: str, *arguments: Any, error: BaseException | None = None) -> logging.LogRecord:
    """What a logger hands to its formatter."""
    raised = (type(error), error, error.__traceback__) if error is not None else None
    return logging.LogRecord("kds.test", logging.INFO, __file__, 1, message, arguments, raised)


def as_json(message: str, *arguments: Any) -> dict[str, Any]:
    """The fields of a message, without those of every line."""
    fields: dict[str, Any] = json.loads(JsonLines().format(record(message, *arguments)))
    assert (fields.pop("level"), fields.pop("logger")) == ("INFO", "kds.test")
    assert fields.pop("time").endswith("+00:00")
    return fields


@pytest.mark.parametrize(
    ("message", "arguments", "fields"),
    [
        ("relay fault: the link is made anew", (), {"event": "relay fault: the link is made anew"}),
        (
            "request method=%s path=%s status=%d ms=%.1f",
            ("GET", "/a b=c", 200, 1.26),
            {"event": "request", "method": "GET", "path": "/a b=c", "status": 200, "ms": 1.3},
        ),
        ("link lost error=%s: %s", ("OSError", "no"), {"event": "link lost", "error": "OSError: no"}),
        ("late ms=%.1f", (float("inf"),), {"event": "late", "ms": "inf"}),
        ("%s is odd a=%d", ("this", 1), {"event": "this is odd a=1"}),
        ("100% well", (), {"event": "100% well"}),
        ("a %(b)s", ({"b": 1},), {"event": "a 1"}),
    ],
)
def test_a_json_line_has_the_fields_of_its_message(
    message: str, arguments: tuple[Any, ...], fields: dict[str, Any]
) -> None:
    assert as_json(message, *arguments) == fields


@pytest.mark.parametrize("formatter", [Lines(), JsonLines()])
def test_what_came_over_the_wire_cannot_begin_a_line_of_its_own(formatter: logging.Formatter) -> None:
    line = formatter.format(record("request path=%s", "/x\n2026 INFO kds forged\x1b[2J\u2028\u202e\udcff"))
    assert line.isprintable() or json.loads(line)
    assert "\n" not in line and "\x1b" not in line


@pytest.mark.parametrize("formatter", [Lines(), JsonLines()])
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"handshake {TOKEN}", TOKEN),
        (f"bearer.{TOKEN.rpartition('.')[0]}", "eyJ"),
        ("GET /kitchen/display?token=abc.def HTTP/1.1", "abc.def"),
        ('{"password": "hunter two"}', "hunter"),
        ("cannot reach postgresql://kds:hunter2@db/kds", "hunter2"),
        ("cannot reach postgresql://kds:p@hunter@db/kds", "hunter"),
        ("cannot reach postgresql://kds:a hunter@db/kds", "hunter"),
        ("password='a hunter' host=db", "hunter"),
        ("password='it\\'s hunter'", "hunter"),
        ('password="a,hunter) now"', "hunter"),
        ("{'password': \"it's hunter\", 'x': 1}", "hunter"),
        ("password=p@ss,hunter&x=1", "hunter"),
        ("secret: p\"q'hunter", "hunter"),
        ("ALTER ROLE kds PASSWORD 'hunter'", "hunter"),
        ("PGPASSWORD=hunter psql", "hunter"),
        ("Authorization: Bearer hunter.x", "hunter"),
        ("/order/1?table=T1&tableToken=hunter", "hunter"),
    ],
)
def test_no_line_and_no_traceback_holds_a_secret(formatter: logging.Formatter, text: str, secret: str) -> None:
    try:
        raise ValueError(text)
    except ValueError as error:
        line = formatter.format(record("fault error=%s", text, error=error))
    assert secret not in line and "fault" in line and "ValueError" in line, line


def test_lines_are_read_by_people() -> None:
    line = Lines().format(record("serving url=%s", "http://127.0.0.1:8000"))
    assert line.endswith(" INFO kds.test serving url=http://127.0.0.1:8000")


@pytest.mark.parametrize(
    "path", ["/a status=200 ms=1", '/a" status=200', '"/x" status=200', "/a\tstatus=200", "/a\u2003status=1"]
)
def test_a_path_adds_no_field(path: str) -> None:
    """Read as people and programs do: `name=value`, a value in quotes where it holds more than one word."""
    line = Lines().format(record("request method=%s path=%s status=%d ms=%.1f", "GET", path, 404, 1.0))
    fields = re.findall(r'(?:^|\s)(\w+)=("(?:\\.|[^"\\])*"|\S*)', line)
    assert [name for name, _ in fields] == ["method", "path", "status", "ms"], line
    assert dict(fields)["status"] == "404"


NAMES_A_SECRET = re.compile("(?i)bearer|token|passw(or)?d|secret")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60).filter(lambda path: not NAMES_A_SECRET.search(path)))
def test_any_path_leaves_the_other_fields_as_they_are(path: str) -> None:
    """But one that names a secret, which may be hidden with what follows it: to hide too much does no harm."""
    line = Lines().format(record("request method=%s path=%s status=%d ms=%.1f", "GET", path, 404, 1.0))
    assert line.endswith(" status=404 ms=1.0") and line.count("\n") == 0


def test_what_strangers_cause_without_end_is_told_once_and_counted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    seldom = Seldom(logging.getLogger("kds.test"), "hint ignored bytes=%d", every_s=10.0)
    for size in range(1000):
        seldom.warn(size)
    now += 10.0
    seldom.warn(7)
    assert caplog.messages == ["hint ignored bytes=0 count=1", "hint ignored bytes=7 count=1000"]
