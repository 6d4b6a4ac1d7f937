"""Whatever happens to members and sessions: what is over is over on every process, and nothing else is, ever.

A seeded walk over logins, renewals, sign-outs and changes of members, on three servers, one of which loses its LISTEN
link on the way. A model says after each step which tokens count. One that counts is never refused, not even for a
moment; one that does not is refused everywhere soon, and at once by a server that starts.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from aiohttp import ClientSession

from kds.web.login.passwords import hash_password
from tests.conftest import RunningServer
from tests.flow.listening import listening_as
from tests.patience import eventually

STEPS = 40
GRACE_S = 0.5
NAMES = ("ann", "ben")
PASSWORDS = ("figs and bread", "plums and rice")


@dataclass(eq=False)
class Token:
    """A token that was given out; `counts` until something ended it, and is None while it has a grace."""

    text: str
    name: str
    session: str
    turn: int
    counts: bool | None = True
    is_known: bool = True
    """Whether anybody has it: the answer that brought it may have been lost."""


@dataclass
class Member:
    """A member of staff as the model has it."""

    id: uuid.UUID
    password: str
    is_active: bool = True
    role: str = "KITCHEN"
    branch: int = 0


@dataclass
class World:
    """The servers, the database, and what should hold."""

    http: ClientSession
    db: Any
    other: Any
    start: Callable[..., Awaitable[RunningServer]]
    dice: random.Random
    hashes: dict[str, str]
    branches: list[uuid.UUID] = field(default_factory=list)
    servers: list[RunningServer] = field(default_factory=list)
    members: dict[str, Member] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    async def ask(self, server: RunningServer, method: str, path: str, token: str = "", body: Any = None) -> Any:
        """Status and body of an answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.http.request(method, server.url + path, headers=headers, json=body) as answer:
            return answer.status, await answer.json()

    def over(self, name: str, *, session: str | None = None, below: int = 1 << 30) -> None:
        """The model: these tokens do not count any more."""
        for token in self.tokens:
            if token.name == name and session in (None, token.session) and token.turn < below:
                token.counts = False

    def take(self, name: str, answer: dict[str, Any], *, counts: bool, is_known: bool = True) -> Token:
        """Keeps a token that was given out."""
        claims = jwt.decode(answer["token"], options={"verify_signature": False})
        token = Token(answer["token"], name, claims["sid"], claims["turn"], counts, is_known)
        self.tokens.append(token)
        return token

    # Steps

    async def login(self) -> None:
        """Somebody logs in, with the right password or that of before."""
        name, password = self.dice.choice(NAMES), self.dice.choice(PASSWORDS)
        member = self.members[name]
        status, answer = await self.ask(
            self.dice.choice(self.servers), "POST", "/staff/login", body={"username": name, "password": password}
        )
        assert status in ({200} if member.is_active and member.password == password else {401, 429}), answer
        if status == 200:
            self.take(name, answer, counts=True)

    async def refresh(self) -> None:
        """Somebody renews a login; sometimes the answer is lost."""
        held = [token for token in self.tokens if token.is_known]
        if not held:
            return
        token = self.dice.choice(held)
        status, answer = await self.ask(self.dice.choice(self.servers), "POST", "/staff/refresh", token.text)
        if token.counts is not None:
            assert (status == 200) == token.counts, (status, answer)
        if status == 200:
            self.take(token.name, answer, counts=True, is_known=self.dice.random() < 0.8)

    async def logout(self) -> None:
        """Somebody signs out."""
        held = [token for token in self.tokens if token.is_known and token.counts]
        if held:
            token = self.dice.choice(held)
            status, _ = await self.ask(self.dice.choice(self.servers), "POST", "/staff/logout", token.text)
            assert status == 200
            self.over(token.name, session=token.session)

    async def change(self) -> None:
        """Somebody changes a member, at once or in a transaction during which logins go on."""
        name = self.dice.choice(NAMES)
        member = self.members[name]
        sets: dict[str, Callable[[], object]] = {
            "active": lambda: not member.is_active,
            "password_hash": lambda: self.hashes[next(word for word in PASSWORDS if word != member.password)],
            "role": lambda: "MANAGER" if member.role == "KITCHEN" else "KITCHEN",
            "branch_id": lambda: self.branches[1 - member.branch],
            "generation": lambda: 7,
        }
        column = self.dice.choice(list(sets))
        value = sets[column]()
        if self.dice.random() < 0.5:
            await self._set(member, column, value)
        else:
            async with self.other.transaction():
                await self._set(member, column, value)
                await self.login()
                await self.refresh()
        if column == "active":
            member.is_active = bool(value)
        elif column == "password_hash":
            member.password = next(word for word in PASSWORDS if self.hashes[word] == value)
        elif column == "role":
            member.role = str(value)
        elif column == "branch_id":
            member.branch = 1 - member.branch
        self.over(name)

    async def _set(self, member: Member, column: str, value: object) -> None:
        cast = "::staff_role" if column == "role" else ""
        await self.other.execute(f"UPDATE staff SET {column} = $1{cast} WHERE id = $2", value, member.id)

    async def replace(self) -> None:
        """Somebody is deleted, and added anew with the same id."""
        name = self.dice.choice(NAMES)
        member = self.members[name]
        async with self.other.transaction():
            await self.other.execute("DELETE FROM staff WHERE id = $1", member.id)
            member.is_active, member.role, member.branch = True, "KITCHEN", 0
            await self.add(name)
        self.over(name)

    async def add(self, name: str) -> None:
        """Writes a member as the model has it."""
        member = self.members[name]
        await self.other.execute(
            "INSERT INTO staff (id, branch_id, username, password_hash) VALUES ($1, $2, $3, $4)",
            member.id, self.branches[member.branch], name, self.hashes[member.password],
        )  # fmt: skip

    async def restart(self) -> None:
        """A server goes and another comes, which knows at once what is over."""
        old = self.servers.pop(self.dice.randrange(len(self.servers)))
        await old.server.stop()
        fresh = await self.start(refresh_grace_s=GRACE_S)
        for token in self.tokens:
            if token.counts is False:
                assert not await self.is_taken(fresh, token), "a server began with a token that was over"
        self.servers.append(fresh)

    # What must hold

    async def is_taken(self, server: RunningServer, token: Token) -> bool:
        """Whether a server takes a token, for whatever role."""
        status, _ = await self.ask(server, "GET", "/kitchen/branch", token.text)
        assert status in {200, 401, 403}
        return bool(status != 401)

    async def check(self) -> None:
        """What counts is taken everywhere and at once; what does not is refused everywhere, soon."""
        for token in [token for token in self.tokens if token.is_known and token.counts]:
            for server in self.servers:
                assert await self.is_taken(server, token), f"refused on {server.url}: {token}\n" + "\n".join(self.log)
            for other in self.tokens:  # it was used: those before it have their grace
                if other.session == token.session and other.turn < token.turn and other.counts:
                    other.counts = None
        began = time.monotonic()
        for token in [token for token in self.tokens if token.is_known and not token.counts]:
            for server in self.servers:
                await eventually(lambda s=server, t=token: self._is_refused(s, t))  # type: ignore[misc]
            token.counts = False
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)

    async def _is_refused(self, server: RunningServer, token: Token) -> bool:
        return not await self.is_taken(server, token)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_is_over_is_over_everywhere_and_nothing_else_is(
    http: ClientSession, dsn: str, db: Any, connect_db: Callable[[], Awaitable[Any]],
    start_server: Callable[..., Awaitable[RunningServer]], seed: int, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("kds.web.login.guess_limits.FREE_TRIES", 10_000)  # this is about endings
    monkeypatch.setattr("kds.web.login.guess_limits.FREE_TRIES_ANYWHERE", 10_000)
    hashes = {word: hash_password(word) for word in PASSWORDS}
    world = World(http, db, await connect_db(), start_server, random.Random(seed), hashes)
    world.branches = [await db.fetchval("INSERT INTO branches (name) VALUES ($1) RETURNING id", n) for n in ("A", "B")]
    for name in NAMES:
        world.members[name] = Member(uuid.uuid4(), PASSWORDS[0])
        await world.add(name)
    async with listening_as(db, dsn) as (url, cut):
        deaf = await start_server(refresh_grace_s=GRACE_S, listen_database_url=url)
        world.servers = [deaf, *[await start_server(refresh_grace_s=GRACE_S) for _ in range(2)]]
        steps = [world.login] * 4 + [world.refresh] * 5 + [world.logout] + [world.change] * 3 + [world.replace]
        for number in range(STEPS):
            if number == STEPS // 3:
                await cut()
            step = world.restart if number and number % 15 == 0 else world.dice.choice(steps)
            world.log.append(f"{number} {step.__name__}")
            await step()
            await world.check()
            world.tokens = [token for token in world.tokens if token.counts or world.dice.random() < 0.7][-14:]
        for server in world.servers:
            await server.server.stop()
        await deaf.server.stop()
