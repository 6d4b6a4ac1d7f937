"""/metrics: what happened in a process is what its counters say, and its logs say it without a token."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, WSCloseCode
from prometheus_client.parser import text_string_to_metric_families

from kds import __version__
from kds.relay.meters import CLOSE_CODES
from kds.web.sockets import client_socket as sockets
from tests.conftest import JWT_SECRET, RunningServer, ServeProcess
from tests.orders import place
from tests.patience import eventually
from tests.screen import open_screen, resume_point, token_for


class Scrape:
    """One answer of /metrics."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._samples = [sample for family in self.families.values() for sample in family.samples]

    def __call__(self, name: str, **labels: str) -> float | None:
        """The value of a sample; None when there is none."""
        for sample in self._samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
        return None


async def scrape(http: ClientSession, url: str) -> Scrape:
    """What Prometheus gets."""
    async with http.get(f"{url}/metrics") as answer:
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain; version=")
        return Scrape(await answer.text())


async def test_the_counters_tell_what_happened(
    server: RunningServer, http: ClientSession, db: Any, branch_id: str
) -> None:
    token = token_for(JWT_SECRET, branch_id)
    async with open_screen(http, server.url, token, since=0) as screen:
        hello, _ = await screen.take(2)
        placed = [await place(db, branch_id) for _ in range(3)]
        messages = await screen.take(3)
        await db.execute("UPDATE orders SET status = 'READY' WHERE id = $1", placed[0])
        await screen.next()
        seen = await scrape(http, server.url)
        assert (seen("kds_sockets", topic="kitchen"), seen("kds_sockets", topic="order")) == (1, 0)
        assert seen("kds_branches_watched") == 1
        assert (seen("kds_events_total", kind="NEW_ORDER"), seen("kds_events_total", kind="ORDER_UPDATED")) == (3, 1)
        assert (seen("kds_hints_total"), seen("kds_messages_total")) == (4, 4)
        assert (seen("kds_commit_to_frame_seconds_count"), seen("kds_read_events_sum")) == (4, 4)
        assert 0 <= (seen("kds_commit_to_frame_seconds_sum") or -1) < 60
        assert (seen("kds_reads_total") or 0) >= 1 and (seen("kds_read_bytes_sum") or 0) > 1000
        assert (seen("kds_snapshots_total"), seen("kds_resumes_total", answer="snapshot")) == (1, 1)
        await db.execute("TRUNCATE orders CASCADE")
        assert (await screen.next())["type"] == "SNAPSHOT"
    async with open_screen(http, server.url, token, **resume_point(messages[1], hello["epoch"])) as screen:
        await screen.take(2)
    async with http.get(f"{server.url}/public/order/{branch_id}?token=x") as answer:
        assert answer.status == 404
    async with http.request("BREW", f"{server.url}/nowhere/{branch_id}") as answer:
        assert answer.status in (400, 404, 405)

    async def nobody_watches() -> bool:
        return (await scrape(http, server.url))("kds_sockets", topic="kitchen") == 0

    await eventually(nobody_watches)
    seen = await scrape(http, server.url)
    assert seen("kds_events_total", kind="RESYNC") == 1
    route = {"method": "GET", "route": "/public/order/{orderId}"}
    assert seen("kds_http_requests_total", status="404", **route) == 1
    assert seen("kds_http_requests_total", method="GET", route="/kitchen/display", status="101") == 2
    assert seen("kds_http_request_seconds_count", route="/public/order/{orderId}") == 1
    assert seen("kds_relay_state", state="live") == 1 and seen("kds_batching_state", state="idle") == 1
    assert 0 <= (seen("kds_listen_answer_age_seconds") or 0) <= (seen("kds_listen_age_seconds") or 0) < 60
    assert (
        (seen("kds_tasks") or 0) > 0
        and seen("kds_pool_size_max") == 10
        and seen("kds_pool_waiting") == 0
        and seen("kds_pool_refusals_total") == 0
    )
    assert (seen("process_resident_memory_bytes") or 0) > 0 and seen("kds_build_info", version=__version__) == 1
    assert not any(branch_id in str(family.samples) for family in seen.families.values())


async def test_a_socket_closed_by_us_and_a_full_pool_are_counted(
    start_server: Callable[..., Awaitable[RunningServer]], http: ClientSession, db: Any, branch_id: str
) -> None:
    server = await start_server(max_sockets_per_user=0, pool_size=1)
    async with open_screen(http, server.url, token_for(JWT_SECRET, branch_id), since=0) as screen:
        assert await screen.close_code() == 4504
    async with db.transaction():
        await db.execute("LOCK TABLE branches")
        async with http.get(f"{server.url}/public/branches/{branch_id}/menu") as answer:
            assert answer.status == 503
        seen = await scrape(http, server.url)
    assert seen("kds_closes_total", code="4504") == 1
    assert (seen("kds_pool_refusals_total") or 0) >= 1 and seen("kds_pool_size_max") == 1


async def test_json_logs_are_one_object_a_line_without_a_token(
    serve_process: Callable[..., Awaitable[ServeProcess]], http: ClientSession, branch_id: str
) -> None:
    server = await serve_process(LOG_FORMAT="json")
    token = token_for(JWT_SECRET, branch_id)
    async with http.get(f"{server.url}/kitchen/orders%0AERROR?token={token}") as answer:
        assert answer.status == 404
    async with http.get(f"{server.url}/order/{token}") as answer:
        assert answer.status == 200
    assert await server.stop() == 0
    text = server.log.read_text()
    assert token not in text and token.split(".")[2] not in text
    lines = [json.loads(line) for line in text.splitlines()]
    (request,) = [line for line in lines if line["event"] == "request" and "ERROR" in line["path"]]
    assert (request["method"], request["status"], request["logger"]) == ("GET", 404, "aiohttp.access")
    assert {"time", "level", "ms"} <= request.keys()


async def test_operators_have_an_address_of_their_own(start_server: Any, http: ClientSession) -> None:
    server = await start_server(metrics_address=("127.0.0.1", 0))
    public, own = server.url, server.server.metrics_url
    assert public != own
    for path in ("/metrics", "/openapi.json"):
        async with http.get(public + path) as answer:
            assert answer.status == 404
        async with http.get(own + path) as answer:
            assert answer.status == 200
    async with http.get(f"{public}/readyz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ready"})
    async with http.get(f"{own}/readyz") as answer:
        assert (await answer.json())["relay"] == "live"
    async with http.get(f"{own}/kitchen") as answer:
        assert answer.status == 404
    seen = await scrape(http, own)
    assert seen("kds_http_requests_total", route="/readyz", status="200") == 1, "what operators ask is not counted"


async def test_what_an_alert_watches_is_there_from_the_first_scrape(server: RunningServer, http: ClientSession) -> None:
    seen = await scrape(http, server.url)
    for code in ("1001", "1011", "1013", "4008", "4010"):
        assert seen("kds_closes_total", code=code) == 0
    assert seen("kds_pool_refusals_total") is not None
    async with http.get(f"{server.url}/metrics") as answer:
        assert "_created" not in await answer.text()


def test_every_code_that_closes_a_socket_is_counted_from_the_start() -> None:
    """Read in the code: each `end(CODE, ...)`, by its number or its name."""

    def number(code: str) -> str:
        if code.isdigit():
            return code
        return str(int(vars(sockets).get(code) or WSCloseCode[code.removeprefix("WSCloseCode.")]))

    text = "".join(file.read_text() for file in Path(sockets.__file__).parent.glob("*.py"))
    codes = {number(code) for code in re.findall(r"\bend\(([A-Z][\w.]*|\d+), ", text)}
    assert len(codes) >= 8 and codes <= set(CLOSE_CODES)
