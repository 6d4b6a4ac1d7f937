"""`kds staff`: adds a member of staff, gives a new password, ends a login or brings it back, lists them."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from typing import Any

from kds.commands.database import BRANCH_HELP, Database, with_database
from kds.commands.printing import plain, print_table, shown_as_is
from kds.config.origins import normal_origin
from kds.domain.text import NAME_MAX, is_label
from kds.domain.usernames import find_username_alike
from kds.errors import KdsError
from kds.web.login.links import hash_token, link_to, new_token, nobodys_hash
from kds.web.login.password_rules import password_fault
from kds.web.login.passwords import hash_password, is_password
from kds.web.login.ranks import ROLES

EXAMPLES = """examples:
  kds staff add "Via Masala" chef                      asks for the password
  kds staff add "Via Masala" boss --role MANAGER < password.txt
  kds staff add "Via Masala" ada --role OWNER          prints a link: ada sets the password there, once, within an hour
  kds staff link ada                                   another link; the password and the logins of before end
  kds staff password chef                              asks for the new one; every login of chef ends
  kds staff end-sessions chef                          chef logs in anew everywhere, with the same password
  kds staff deactivate chef                            closes the screens chef has open, everywhere, within 2 s
  kds staff activate chef                              lets chef log in again
  kds staff list"""

CHANGES = {
    "deactivate": ("end a login and close its screens", "is deactivated", "was not active"),
    "activate": ("let a deactivated member log in again", "is active again", "was active already"),
    "end-sessions": ("end every login of a member, who may log in anew", "is logged out everywhere", "is not active"),
}
"""Action: what it does, what it says when it did, and when there was nothing to do."""


def add_parser(subparsers: Any) -> None:
    """Adds `kds staff`."""
    parser = subparsers.add_parser(
        "staff",
        help="add a login, change, end or bring one back, list them",
        description="Logins of kitchen screens and managers.",
        **shown_as_is(EXAMPLES),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser(
        "add",
        help="add a member of staff",
        description="Asks for the password at a terminal, else reads it from the first line of standard input. An "
        "OWNER gets a link instead, and with --link whoever it is.",
        **shown_as_is(EXAMPLES),
    )
    add.add_argument("branch", metavar="BRANCH", help=BRANCH_HELP)
    add.add_argument("username", metavar="USERNAME", type=_username, help="unique over all branches")
    add.add_argument(
        "--role", type=str.upper, choices=ROLES, default="KITCHEN", help="default KITCHEN: cooks at a board"
    )
    add.add_argument("--link", action="store_true", help="print a link by which they set the password themselves")
    _add_url(add)
    add.set_defaults(run=_run_add)
    link = actions.add_parser(
        "link",
        help="print a link by which a member sets a new password; the present one and every login of theirs end",
        **shown_as_is(EXAMPLES),
    )
    link.add_argument("username", metavar="USERNAME")
    _add_url(link)
    link.set_defaults(run=lambda options: with_database(lambda database: _link(database, options)))
    password = actions.add_parser(
        "password",
        help="give a member a new password; every login of theirs ends",
        description="Asks for the password at a terminal, else reads it from the first line of standard input.",
        **shown_as_is(EXAMPLES),
    )
    password.add_argument("username", metavar="USERNAME")
    password.set_defaults(run=_run_password)
    for action, (words, _, _) in CHANGES.items():
        change = actions.add_parser(action, help=words)
        change.add_argument("username", metavar="USERNAME")
        change.set_defaults(run=lambda options: with_database(lambda database: _change(database, options)))
    lists = actions.add_parser("list", help="list the logins of a branch, or of all")
    lists.add_argument("branch", metavar="BRANCH", nargs="?", help=BRANCH_HELP)
    lists.set_defaults(run=lambda options: with_database(lambda database: _list(database, options)))


def _run_password(options: argparse.Namespace) -> int:
    # before the event loop runs: that would keep Ctrl-C from the prompt
    password = read_password(options.username)
    return with_database(lambda database: _set_password(database, options, password))


def _run_add(options: argparse.Namespace) -> int:
    options.link = options.link or options.role == "OWNER"
    password_hash = nobodys_hash() if options.link else hash_password(read_password(options.username))
    return with_database(lambda database: _add(database, options, password_hash))


def read_password(username: str) -> str:
    """The new password of a member, typed twice at a terminal or read from standard input.

    Raises:
        KdsError: too short, too long, among the first that are tried, not text, or typed differently.
    """
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password of {username}: ")
        if getpass.getpass("The same again: ") != password:
            raise KdsError("the two passwords differ. Nothing was changed")
    else:
        password = _read_line()
    if fault := password_fault(password, username):
        raise KdsError(f"the password {fault}")
    return password


def _read_line() -> str:
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise KdsError("the password is not UTF-8 text. Nothing was changed") from error


async def _add(database: Database, options: argparse.Namespace, password_hash: str) -> int:
    branch = await database.branch(options.branch)
    async with database.naming("staff"):
        there = await find_username_alike(database.connection, database.sql, options.username)
        if there is None and not await database.connection.fetchval(
            database.sql.add_staff, branch["id"], options.username, password_hash, options.role
        ):
            there = options.username
    if there is not None:
        by = "" if there == options.username else f" by {there!r}, which nobody could tell from it"
        raise KdsError(
            f"the username {options.username!r} is taken{by}. Choose another; kds staff list shows all, kds staff"
            " activate and kds staff password bring one back"
        )
    print(f"Added {options.username} ({options.role}) to {plain(branch['name'])}")
    return await _link(database, options) if options.link else 0


async def _link(database: Database, options: argparse.Namespace) -> int:
    token = new_token()
    is_active = _known(
        await database.connection.fetchval(
            database.sql.make_staff_link, options.username, nobodys_hash(), hash_token(token)
        ),
        options,
    )
    if not is_active:
        raise KdsError(f"{options.username!r} is not active. Run kds staff activate first, then this again")
    name = plain(options.username)
    print(f"{name} sets the password here, once, within an hour:\n{link_to(options.url, token)}")
    return 0


async def _set_password(database: Database, options: argparse.Namespace, password: str) -> int:
    member = await database.connection.fetchrow(database.sql.read_staff_by_name, options.username)
    if member is not None and is_password(password, member["password_hash"]):
        raise KdsError(
            f"that is the present password of {options.username}. Choose another; kds staff end-sessions ends the "
            "logins and keeps the password. Nothing was changed"
        )
    _known(
        await database.connection.fetchval(database.sql.set_password, options.username, hash_password(password)),
        options,
    )
    print(f"{plain(options.username)} has a new password; every login of theirs has ended")
    return 0


async def _change(database: Database, options: argparse.Namespace) -> int:
    _, done, was_so = CHANGES[options.action]
    sql = database.sql
    statement = {
        "deactivate": sql.deactivate_staff, "activate": sql.activate_staff, "end-sessions": sql.end_sessions_staff
    }[options.action]  # fmt: skip
    has_changed = _known(await database.connection.fetchval(statement, options.username), options)
    print(f"{plain(options.username)} {done if has_changed else was_so}")
    return 0


def _known(answer: bool | None, options: argparse.Namespace) -> bool:
    if answer is None:
        raise KdsError(f"there is no member of staff {options.username!r}. See kds staff list")
    return answer


async def _list(database: Database, options: argparse.Namespace) -> int:
    branch_id = None if options.branch is None else (await database.branch(options.branch))["id"]
    rows = await database.connection.fetch(database.sql.list_staff, branch_id)
    print_table(
        ("USERNAME", "ROLE", "ACTIVE", "SCREENS", "BRANCH"),
        [(r["username"], r["role"], "yes" if r["active"] else "no", r["screens"], r["branch"]) for r in rows],
    )
    return 0


def _add_url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        metavar="URL",
        type=_origin,
        default=os.environ.get("PUBLIC_URL") or f"http://localhost:{os.environ.get('PORT') or 8000}",
        help="where kds serve is to be found; default PUBLIC_URL, else PORT, or 8000, of this machine",
    )


def _origin(text: str) -> str:
    origin = normal_origin(text)
    if origin is None:
        raise argparse.ArgumentTypeError(f"{text} is not an origin such as https://order.example.com")
    return origin


def _username(text: str) -> str:
    if not is_label(text, NAME_MAX) or text != text.strip():
        words = f"1 to {NAME_MAX} characters, no control characters, no spaces at the ends"
        raise argparse.ArgumentTypeError(words)
    return text
