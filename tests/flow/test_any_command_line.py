"""Whatever stands on the command line and in the environment: exit code 0, 1 or 2, and words, never a traceback.

Every command and flag is found from the parser, so that a new one is tried without being named here.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kds.commands import build_parser, main
from tests.conftest import JWT_SECRET
from tests.system_postgres import run

ENDLESS = ("demo", "serve", "tail")
"""Until a signal: they are only given an environment in which they cannot begin."""
BYTES = os.fsdecode(b"\xff\xfe")
NASTY = [
    "", " ", "-", "--", "-1", "0", "1", "4", "8", "x", "nan", "inf", "-inf", "1e309", "9" * 40, "0.0001", "1_000", "٣",
    "9" * 5_000, "yes", "é", "💥", "a" * 5_000, BYTES, "\u202e", "\n", "a\nb", "'; --", "%s", "%", "{}", "\\", "/", ".",
    "/etc/passwd", "/nowhere/at/all", "Europe/Rome", "EUR", "eur", "takeaway", "KITCHEN", "Via Masala", "--help",
    "--version", "00000000-0000-0000-0000-000000000000",
]  # fmt: skip
VARIABLES = (
    "PORT", "HOST", "POOL_SIZE", "TOKEN_HOURS", "CORS_ORIGINS", "PUBLIC_URL", "METRICS_ADDRESS", "TRUST_PROXY",
    "SWEEP_S", "LOG_LEVEL", "LOG_FORMAT", "JWT_SECRET", "MAX_SOCKETS", "PGPORT", "PGSSLMODE", "PGSERVICE", "PGOPTIONS",
    "PGUSER", "COLUMNS", "PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS", "HOME", "TZ", "PGPASSFILE", "PGDATABASE",
    "PGSSLROOTCERT", "TMPDIR",
)  # fmt: skip
URLS = [
    "", "x", "postgres://u:hunter#2@127.0.0.1:1/x", "postgres://u:hunter/2@127.0.0.1/x", "postgres://[::1", BYTES,
    "mysql://h/x", "postgres://a..b/x", "postgres://127.0.0.1:1,127.0.0.1:2/x", "postgres://h/x?sslrootcert=/x",
    "postgres://u:p@127.0.0.1:1/x?sslmode=no-verify", "postgres://u@127.0.0.1:1/x?connect_timeout=nan",
    "postgres://u@127.0.0.1:1/" + "x" * 300, "postgres://u@127.0.0.1:1/x?keepalives_idle=" + "9" * 5_000,
    "postgres://u@127.0.0.1:" + "9" * 5_000, "postgres://u@127.0.0.1:0000000001" + "9" * 5_000,
]  # fmt: skip
FOLDERS = ["/etc/passwd", "/proc/kds", "a" * 300, "~nobody-of-this-name/x"]
WRONG_FLAGS = [
    ["--port", "99999"],
    ["--port", "x"],
    ["--port", "9" * 5_000],
    ["--data-dir", "/etc/" + BYTES],
    ["--rush", "--no-simulate"],
]
FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def leaves(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command without further ones below it, with its arguments."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield path, parser._actions
    for action in below:
        for name, child in action.choices.items():
            yield from leaves(child, (*path, name))


COMMANDS = dict(leaves(build_parser()))
ENDING = sorted(path for path in COMMANDS if path[0] not in ENDLESS)


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    """A command with some of its flags and arguments, most of them wrong in some way."""
    path = draw(st.sampled_from(ENDING))
    line = list(path)
    for action in COMMANDS[path]:
        values = st.sampled_from([*NASTY, *map(str, action.choices or ())])
        if action.option_strings:
            if draw(st.booleans()):
                line.append(draw(st.sampled_from(action.option_strings)))
                line += [draw(values)] if action.nargs != 0 else []
        elif draw(st.integers(0, 9)):  # seldom left out
            line.append(draw(values))
    return line + draw(st.lists(st.sampled_from(NASTY), max_size=1))


def ask(line: list[str], environment: dict[str, str], typed: bytes = b"") -> tuple[int, str]:
    """What main() does with it; anything but an exit code goes through."""
    written = io.BytesIO()
    out = io.TextIOWrapper(written, encoding="ascii", write_through=True)
    stdin = io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8")
    with (
        patch.dict(os.environ, environment, clear=True),
        patch("sys.stdin", stdin),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        try:
            code = main(line)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, written.getvalue().decode()


def check(code: int, printed: str) -> None:
    """Fails unless it ended as a command does."""
    assert code in (0, 1, 2), (code, printed)
    assert not re.search("Traceback|Exceeds the limit|invalid (_|read )", printed), "words of Python: " + printed
    assert code == 0 or printed.strip(), "a command that fails says why"
    assert "hunter" not in printed


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_an_argument_that_is_no_utf_8_is_named_whichever_it_is(path: tuple[str, ...]) -> None:
    lines = [[*path[:place], BYTES, *path[place:]] for place in range(len(path) + 1)]
    for action in COMMANDS[path]:
        if action.option_strings:
            lines += [[*path, option, f"a{BYTES}b"] for option in action.option_strings]
            lines += [[*path, f"{option}={BYTES}"] for option in action.option_strings if option.startswith("--")]
        else:
            lines.append([*path, "x", f"a{BYTES}"])
    for line in lines:
        code, printed = ask(line, {})
        place = next(place for place, argument in enumerate(line, 1) if BYTES in argument)
        assert code == 2, (line, printed)
        assert f"kds: error: argument {place}, " in printed and "udcff" in printed, printed
        assert "holds bytes that are no UTF-8: type it anew, or rename the file" in printed


@pytest.mark.parametrize("text", ["9" * 5_000, "0" * 5_000 + "99999999999", "x" * 5_000])
def test_a_number_of_any_length_is_refused_in_our_words(text: str) -> None:
    for path, actions in COMMANDS.items():
        for action in actions:
            if action.option_strings and action.type is not None:
                code, printed = ask([*path, f"{action.option_strings[-1]}={text}"], {"JWT_SECRET": JWT_SECRET})
                check(code, printed)
                assert code, printed


@settings(deadline=None, max_examples=100, suppress_health_check=FIXTURES)
@given(command_lines(), st.sampled_from([b"", b"a good password\n", b"\xff\xfe", b"short"]))
def test_any_arguments(dsn: str, line: list[str], typed: bytes) -> None:
    check(*ask(line, {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET}, typed))


@settings(deadline=None, max_examples=80, suppress_health_check=FIXTURES)
@given(
    st.sampled_from(ENDING),
    st.dictionaries(st.sampled_from(VARIABLES), st.sampled_from(NASTY), max_size=3),
    st.sampled_from(["DATABASE_URL", "LISTEN_DATABASE_URL"]),
    st.sampled_from([*URLS, None]),
)
def test_any_environment(dsn: str, path: tuple[str, ...], extra: dict[str, str], name: str, url: str | None) -> None:
    environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET, **extra, **({name: url} if url is not None else {})}
    needed = ["x" for action in COMMANDS[path] if not action.option_strings and action.nargs != "?"]
    check(*ask([*path, *needed], environment, b"a good password\n"))


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(st.sampled_from(VARIABLES), st.sampled_from(NASTY), max_size=4),
    st.sampled_from(["serve", "tail"]),
    st.sampled_from(URLS),
)
def test_what_runs_without_end_does_not_begin_in_a_wrong_environment(
    extra: dict[str, str], command: str, url: str
) -> None:
    # no port, or serve would run on where only the database is away
    code, printed = ask([command], {"JWT_SECRET": JWT_SECRET, **extra, "DATABASE_URL": url, "PORT": "none"})
    check(code, printed)
    assert code != 0


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_demo_that_cannot_have_its_folder(folder: str, tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path):
        code, printed = ask(["demo", "--no-simulate", "--data-dir", folder], {"HOME": str(tmp_path)})
    check(code, printed)
    assert code == 1


@pytest.mark.parametrize("line", WRONG_FLAGS)
def test_a_demo_with_wrong_flags(line: list[str]) -> None:
    code, printed = ask(["demo", *line], {})
    check(code, printed)
    assert code == 2


@pytest.mark.parametrize("variables", [{"LANG": "C", "LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
async def test_a_real_process_in_a_poor_environment(dsn: str, variables: dict[str, str]) -> None:
    environment = {"DATABASE_URL": dsn, "JWT_SECRET": JWT_SECRET, **variables}
    for line in ("branch add Küche☕", "branch list", "menu list Küche☕", "--version"):
        code, printed = await run(sys.executable, "-m", "kds", *line.split(), environment=environment)
        check(code, printed)
        assert code == 0, printed
