"""Codes of tables that are made anew: what was printed, or photographed, before ends at once, at every process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from kds.domain.links import Links
from tests.commands import communicate
from tests.conftest import JWT_SECRET, RunningServer, ServeProcess
from tests.screen import token_for

Answer = tuple[int, dict[str, Any]]


class House:
    """The demo restaurant: a manager who prints codes, and guests who hold them."""

    def __init__(self, http: ClientSession, url: str, branch_id: str, dish_id: UUID) -> None:
        self.http = http
        self.url = url
        self.branch_id = branch_id
        self._line = {"menuItemId": str(dish_id), "quantity": 1}
        self._bearer = {"Authorization": f"Bearer {token_for(JWT_SECRET, branch_id, role='MANAGER')}"}

    async def printed(self, *tables: str) -> list[str]:
        """The tokens of the codes that the sheet shows."""
        query = [("table", table) for table in tables]
        async with self.http.get(f"{self.url}/manager/tables", params=query, headers=self._bearer) as answer:
            assert answer.status == 200, await answer.text()
            return [URL(card["url"]).query["tableToken"] for card in (await answer.json())["tables"]]

    async def renew(self, *tables: str) -> Answer:
        """What the button of the sheet does."""
        url = f"{self.url}/manager/tables/renew"
        async with self.http.post(url, json={"tables": tables}, headers=self._bearer) as answer:
            return answer.status, await answer.json()

    async def order(self, table: str, token: str, key: str = "") -> tuple[int, str]:
        """The status, and the order's id or the code of the refusal."""
        body = {"branchId": self.branch_id, "table": table, "tableToken": token, "items": [self._line]}
        headers = {"Idempotency-Key": key} if key else {}
        async with self.http.post(f"{self.url}/public/order/place", json=body, headers=headers) as answer:
            told = await answer.json()
            return answer.status, told["orderId"] if answer.status == 201 else told["error"]["code"]

    async def problem(self, table: str, token: str) -> str | None:
        """What the menu says of such a link."""
        url = f"{self.url}/public/branches/{self.branch_id}/menu"
        async with self.http.get(url, params={"table": table, "tableToken": token}) as answer:
            menu = await answer.json()
            assert menu["tableAccepted"] == (menu["tableProblem"] is None)
            problem: str | None = menu["tableProblem"]
            return problem


@pytest.fixture
async def house(http: ClientSession, server: RunningServer, db: Any) -> House:
    """The demo restaurant at the test's server; its tables must be proved."""
    await db.execute("UPDATE branches SET requires_table_token = true")
    dish_id = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
    return House(http, server.url, server.branch_id, dish_id)


async def _kds(dsn: str, *arguments: str, said: bytes = b"") -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", *arguments, env={**os.environ, "DATABASE_URL": dsn}, stdin=-1, stdout=-1, stderr=-1
    )
    output, errors = await communicate(process, said)
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


REPLACED = (422, "table_token_replaced")


async def test_a_renewed_table_takes_the_new_code_and_refuses_the_one_before(house: House) -> None:
    [first, other] = await house.printed("T1", "T2")
    assert first == Links(JWT_SECRET).table_token(UUID(house.branch_id), "T1"), "as printed before there was this"
    seen = [first]
    for _ in range(3):
        status, sheet = await house.renew("T1")
        assert (status, [card["table"] for card in sheet["tables"]]) == (200, ["T1"])
        [token] = await house.printed("T1")
        assert URL(sheet["tables"][0]["url"]).query["tableToken"] == token
        assert [await house.order("T1", old) for old in seen] == [REPLACED] * len(seen)
        assert [await house.problem("T1", old) for old in seen] == ["table_token_replaced"] * len(seen)
        assert (await house.order("T1", token))[0] == 201
        assert await house.problem("T1", token) is None
        seen.append(token)
    assert len(set(seen)) == 4
    assert (await house.order("T2", other))[0] == 201, "only this table was renewed"
    assert await house.order("T2", seen[-1]) == (422, "table_token_wrong")
    assert await house.problem("T2", seen[-1]) == "table_token_wrong"
    assert await house.problem("T2", "") == "table_token_missing"


async def test_what_was_ordered_with_the_code_before_is_answered_as_it_was(house: House) -> None:
    [token] = await house.printed("T1")
    once = await house.order("T1", token, key="k")
    await house.renew("T1")
    assert await house.order("T1", token, key="k") == once
    assert await house.order("T1", token, key="l") == REPLACED


async def test_another_process_refuses_the_code_at_once_also_when_it_hears_nothing(
    house: House, db: Any, dsn: str, serve_process: Callable[..., Awaitable[ServeProcess]]
) -> None:
    deaf = await serve_process(LISTEN_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nowhere")
    line = await db.fetchval("SELECT id FROM menu_items WHERE available ORDER BY position LIMIT 1")
    there = House(house.http, deaf.url, house.branch_id, line)
    [token] = await house.printed("T1")
    assert (await there.order("T1", token))[0] == 201
    await house.renew("T1")
    assert await there.order("T1", token) == REPLACED


async def test_the_command_renews_some_tables_or_after_a_question_all(house: House, dsn: str) -> None:
    before = await house.printed("T1", "T2", "T3")
    code, output, _ = await _kds(dsn, "table", "renew", "via masala", "T1", " T2 ")
    assert code == 0 and "T1, T2" in output
    after = await house.printed("T1", "T2", "T3")
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, False, True]
    for said in (b"", b"n\n"):
        code, output, errors = await _kds(dsn, "table", "renew", "Via Masala", "--all", said=said)
        assert (code, "[y/N]" in output, "nothing was renewed" in errors) == (1, True, True)
    assert await house.printed("T1", "T2", "T3") == after
    assert (await _kds(dsn, "table", "renew", "Via Masala", "--all", said=b"y\n"))[0] == 0
    last = await house.printed("T1", "T2", "T3", "Never printed")
    assert [await house.order(table, old) for table, old in zip(("T1", "T2", "T3"), after, strict=True)] == [
        REPLACED
    ] * 3
    assert [(await house.order(table, new))[0] for table, new in zip(("T1", "T2", "T3"), last, strict=False)] == [
        201
    ] * 3
    assert (await _kds(dsn, "table", "renew", "Via Masala", "--all", "--yes"))[0] == 0
    assert await house.order("T1", last[0]) == REPLACED


async def test_the_command_knows_a_table_that_was_meant(house: House, dsn: str) -> None:
    [token] = await house.printed("T1")
    assert (await house.order("T1", token))[0] == 201
    code, _, errors = await _kds(dsn, "table", "renew", "Via Masala", "T9", "t1")
    assert (code, "the orders name T1, not t1" in errors) == (1, True), errors
    code, output, _ = await _kds(dsn, "table", "renew", "Via Masala", "T9")
    assert (code, "names T9: is it spelt" in output) == (0, True), output
    assert (await house.order("T1", token))[0] == 201


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "say which tables"),
        (("T1", "--all"), "not both"),
        (("T" * 41,), "1 to 40 characters"),
        (("",), "1 to 40 characters"),
    ],
)
async def test_the_command_says_what_it_lacks(dsn: str, arguments: tuple[str, ...], words: str) -> None:
    code, _, errors = await _kds(dsn, "table", "renew", "Via Masala", *arguments)
    assert (code, words in errors, "Traceback" in errors) == (1, True, False), errors


async def test_tables_of_another_branch_keep_their_codes(house: House, db: Any, dsn: str) -> None:
    elsewhere = await db.fetchval("INSERT INTO branches (name) VALUES ('Elsewhere') RETURNING id")
    there = House(house.http, house.url, str(elsewhere), uuid4())
    before = await there.printed("T1")
    await _kds(dsn, "table", "renew", "Via Masala", "--all", "--yes")
    await house.renew("T1")
    assert await there.printed("T1") == before
    assert await there.problem("T1", before[0]) is None


async def test_no_code_that_ended_comes_back_with_an_older_database(house: House, db: Any) -> None:
    async def hours_ago(hours: int) -> str:
        await house.renew("T1")
        await db.execute("UPDATE table_codes SET generation = generation - $1", 3600 * hours)
        [token] = await house.printed("T1")
        return token

    ended = await hours_ago(2)
    kept = await db.fetchval("SELECT generation FROM table_codes")
    present = await hours_ago(1)
    await db.execute("UPDATE table_codes SET generation = $1", kept)
    assert (await house.order("T1", present))[0] == 201, "what stands on the table goes on working"
    await house.renew("T1")
    assert (await house.printed("T1"))[0] not in {ended, present}


@pytest.mark.parametrize("tables", [[], [""], ["x" * 41], ["T\u202e1"], ["T\x1b1"], [f"T{n}" for n in range(201)]])
async def test_what_is_no_table_is_not_renewed(house: House, db: Any, tables: list[str]) -> None:
    status, answer = await house.renew(*tables)
    assert status == 422, answer
    assert await db.fetchval("SELECT count(*) FROM table_codes") == 0


async def test_renewals_at_once_end_every_code_but_one(house: House) -> None:
    before = await house.printed("T1")
    answers = await asyncio.gather(*(house.renew("T1") for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    tokens = {URL(sheet["tables"][0]["url"]).query["tableToken"] for _, sheet in answers} | set(before)
    [present] = await house.printed("T1")
    assert present in tokens
    assert [(await house.order("T1", token))[0] for token in tokens - {present}] == [422] * (len(tokens) - 1)
    assert (await house.order("T1", present))[0] == 201


# The tokens themselves

BRANCH = UUID("6f1c9d1e-0a55-4f6b-9a0e-2b7a3c4d5e6f")
TABLES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)
GENERATIONS = st.integers(0, 2**40)


@given(TABLES, GENERATIONS, TABLES, GENERATIONS)
@example("T1", 0, "T1", 1)
@example("T1", 1, "T1", 11)
@example("1.T1", 0, "T1", 1)
def test_a_token_is_of_its_table_and_generation_alone(table: str, generation: int, other: str, later: int) -> None:
    links = Links(JWT_SECRET)
    token = links.table_token(BRANCH, table, generation)
    assert links.table_generation(BRANCH, table, token) == generation
    assert len(token) <= 100 and token.isascii()
    if other != table:
        assert links.table_generation(BRANCH, other, token) is None
    if later != generation:
        assert token != links.table_token(BRANCH, table, later)
        mac = token.rpartition(".")[2]
        for forged in (f"{later}.{mac}", f"0{later}.{mac}", mac if generation else f"1.{mac}"):
            assert links.table_generation(BRANCH, table, forged) is None


def test_the_tokens_that_are_out_there_stay_as_they_are() -> None:
    links = Links("x" * 32)
    assert links.table_token(BRANCH, "T1") == "IA5ucs9cLLbbN7phI5trDXSKtla8e-6V"
    assert links.tracking_token(BRANCH) == "0iX4lYvB_EkBKGdKwfkOl_GAgns6_QLH"
