"""/openapi.json is complete, and a running server answers as it says, whatever is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, hdrs

from kds.app import ROUTES, create_app
from kds.web.openapi import build_document
from kds.web.routes import Route
from tests.conftest import JWT_SECRET, RunningServer, ServeProcess, config_for
from tests.hardening.requests import drive, faults_of_log


def declared() -> list[Route]:
    """What the rooms say they answer."""
    return create_app(config_for("postgresql:///nowhere"))[ROUTES]


def routes() -> set[tuple[str, str]]:
    """Method and path of everything that a server answers."""
    found = {
        (route.method, route.resource.canonical)
        for route in create_app(config_for("postgresql:///nowhere")).router.routes()
        if route.resource is not None
    }
    # HEAD comes with every GET; aiohttp-cors adds OPTIONS
    return {(method, path) for method, path in found if method not in (hdrs.METH_HEAD, hdrs.METH_OPTIONS)}


async def test_every_route_is_told_and_every_told_route_is_there() -> None:
    assert Counter((operation.method, operation.path) for operation in declared()) == Counter(routes())


def test_every_reference_and_link_leads_somewhere() -> None:
    operations = declared()
    document = build_document(operations)
    ids = Counter(operation.id for operation in operations)
    assert set(ids.values()) == {1}
    parameters = {
        operation["operationId"]: {parameter["name"] for parameter in operation["parameters"]}
        for path in document["paths"].values()
        for operation in path.values()
    }
    for operation in operations:
        for target, values in operation.links:
            wanted = {name for name, _ in values}
            assert wanted <= parameters[target] or target.startswith("changeOrder"), (operation.id, target)
    references = set(_references(document))
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references == known


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for member in value.values() for found in _references(member)]
    return [found for member in value for found in _references(member)] if isinstance(value, list) else []


async def test_the_document_is_served(server: RunningServer, http: ClientSession) -> None:
    async with http.get(f"{server.url}/openapi.json") as answer:
        assert (answer.status, await answer.json()) == (200, build_document(declared()))


@pytest.mark.parametrize("seed", [1])
async def test_made_up_requests_are_answered_as_told(
    serve_process: Callable[..., Awaitable[ServeProcess]],
    http: ClientSession,
    branch_id: str,
    tmp_path: Path,
    seed: int,
) -> None:
    server = await serve_process()
    flags = ("--seed", str(seed), "--max-examples", "5")
    code, report = await drive(http, server.url, JWT_SECRET, branch_id, tmp_path, *flags)
    assert code == 0, report
    assert await server.stop() == 0
    assert faults_of_log(server.log.read_text()) == []
