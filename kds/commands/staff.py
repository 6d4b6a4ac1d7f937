"""`kds staff`: adds a member of staff, ends a login for good, lists them."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from kds.commands.desk import BRANCH_HELP, Desk, at_desk, plain, print_table, shown_as_is
from kds.errors import KdsError
from kds.passwords import hash_password
from kds.text import is_label

ROLES = ("KITCHEN", "MANAGER", "PICKUP")
USERNAME_MAX = 100
PASSWORD_MIN = 8
"""NIST SP 800-63B section 5.1.1.2: what a person chooses has eight characters or more."""
PASSWORD_MAX = 200
"""POST /staff/login takes no more, nor a longer username."""

EXAMPLES = """examples:
  kds staff add "Via Masala" chef                      asks for the password
  kds staff add "Via Masala" boss --role MANAGER < password.txt
  kds staff deactivate chef                            closes the screens chef has open, everywhere, within 2 s
  kds staff list"""


def add_parser(subparsers: Any) -> None:
    """Adds `kds staff`."""
    parser = subparsers.add_parser(
        "staff",
        help="add a login, end one, list them",
        description="Logins of kitchen screens and managers.",
        **shown_as_is(EXAMPLES),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser(
        "add",
        help="add a member of staff",
        description="Asks for the password at a terminal, else reads it from the first line of standard input.",
        **shown_as_is(EXAMPLES),
    )
    add.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    add.add_argument("username", metavar="USERNAME", type=_username, help="unique over all branches")
    add.add_argument(
        "--role", type=str.upper, choices=ROLES, default="KITCHEN", help="default KITCHEN: cooks at a board"
    )
    add.set_defaults(run=_run_add)
    deactivate = actions.add_parser("deactivate", help="end a login and close its screens")
    deactivate.add_argument("username", metavar="USERNAME")
    deactivate.set_defaults(run=lambda options: at_desk(lambda desk: _deactivate(desk, options)))
    lists = actions.add_parser("list", help="list the logins of a branch, or of all")
    lists.add_argument("branch", metavar="BRANCH", nargs="?", help=BRANCH_HELP)
    lists.set_defaults(run=lambda options: at_desk(lambda desk: _list(desk, options)))


def _run_add(options: argparse.Namespace) -> int:
    # before the event loop runs: that would keep Ctrl-C from the prompt
    password_hash = hash_password(read_password(options.username))
    return at_desk(lambda desk: _add(desk, options, password_hash))


def read_password(username: str) -> str:
    """The new password of a member, typed twice at a terminal or read from standard input.

    Raises:
        KdsError: too short, too long, not text, or typed differently.
    """
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password of {username}: ")
        if getpass.getpass("The same again: ") != password:
            raise KdsError("the two passwords differ. Nothing was added")
    else:
        password = _read_line()
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise KdsError(f"the password has {len(password)} characters and needs {PASSWORD_MIN} to {PASSWORD_MAX}")
    if not password.isprintable():
        raise KdsError("the password holds characters that no keyboard types. Save it as UTF-8 text")
    return password


def _read_line() -> str:
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise KdsError("the password is not UTF-8 text. Nothing was added") from error


async def _add(desk: Desk, options: argparse.Namespace, password_hash: str) -> int:
    branch = await desk.branch(options.branch)
    if not await desk.connection.fetchval(
        desk.sql.add_staff, branch["id"], options.username, password_hash, options.role
    ):
        raise KdsError(f"the username {options.username!r} is taken. Choose another; kds staff list shows all")
    print(f"Added {options.username} ({options.role}) to {plain(branch['name'])}")
    return 0


async def _deactivate(desk: Desk, options: argparse.Namespace) -> int:
    was_active = await desk.connection.fetchval(desk.sql.deactivate_staff, options.username)
    if was_active is None:
        raise KdsError(f"there is no member of staff {options.username!r}. See kds staff list")
    print(f"{plain(options.username)} is deactivated" if was_active else f"{plain(options.username)} was not active")
    return 0


async def _list(desk: Desk, options: argparse.Namespace) -> int:
    branch_id = None if options.branch is None else (await desk.branch(options.branch))["id"]
    rows = await desk.connection.fetch(desk.sql.list_staff, branch_id)
    print_table(
        ("USERNAME", "ROLE", "ACTIVE", "SCREENS", "BRANCH"),
        [(r["username"], r["role"], "yes" if r["active"] else "no", r["screens"], r["branch"]) for r in rows],
    )
    return 0


def _username(text: str) -> str:
    if not is_label(text, USERNAME_MAX) or text != text.strip():
        words = f"1 to {USERNAME_MAX} characters, no control characters, no spaces at the ends"
        raise argparse.ArgumentTypeError(words)
    return text
