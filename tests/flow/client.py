"""Whoever speaks HTTP with a server of the tests, as a kitchen does."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import ClientSession

JSON = {"Content-Type": "application/json"}


class Client:
    """Speaks HTTP with the server, with a kitchen's token where one is needed."""

    def __init__(self, http: ClientSession, url: str, token: str) -> None:
        self.http = http
        self.url = url
        self.bearer = {"Authorization": f"Bearer {token}"}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        """Status, body (parsed) and headers of an answer; a str or bytes body is sent as it is."""
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        async with self.http.request(
            method, self.url + path, data=data, headers={**self.bearer, **(JSON if data is not None else {}), **headers}
        ) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None, answer.headers

    async def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """Status and code of a refusal, which must have the shape of every error."""
        status, answer, _ = await self.call(method, path, body, **headers)
        assert set(answer) <= {"error", "order", "dishes"} and set(answer["error"]) == {"code", "message"}, answer
        assert "Traceback" not in answer["error"]["message"]
        return status, answer["error"]["code"]


PLACE = "/public/order/place"
