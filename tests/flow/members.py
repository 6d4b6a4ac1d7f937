"""Members of staff of the demo restaurant who log in over HTTP."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession

CHEF = {"username": "chef", "password": "chef-demo"}


class Member:
    """A client with a login."""

    def __init__(self, http: ClientSession, url: str, token: str = "") -> None:
        self.http = http
        self.url = url
        self.token = token

    async def post(self, path: str, token: str | None = None, body: Any = None) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        headers = {"Authorization": f"Bearer {token or self.token}"} if token or self.token else {}
        async with self.http.post(self.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def login(self, body: dict[str, str] = CHEF) -> str:
        """A new session's token."""
        status, answer = await self.post("/staff/login", body=body)
        assert status == 200, answer
        self.token = answer["token"]
        return self.token

    async def refresh(self, token: str | None = None) -> tuple[int, str]:
        """Status and the new token, or why not."""
        status, answer = await self.post("/staff/refresh", token)
        return status, answer["token"] if status == 200 else answer["error"]["code"]

    async def is_taken(self, token: str | None = None, url: str = "") -> bool:
        """Whether a token opens the kitchen."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        async with self.http.get(f"{url or self.url}/kitchen/branch", headers=headers) as answer:
            assert answer.status in {200, 401, 503}, await answer.text()
            return answer.status != 401

    async def is_over(self, token: str, url: str = "") -> bool:
        """The opposite."""
        return not await self.is_taken(token, url)
