"""Members of staff as the browser tests speak of them: who is asked over HTTP, where a test is not about that page."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession


class Asking:
    """Somebody of the demo restaurant, by the requests of the back office."""

    def __init__(self, http: ClientSession, url: str, token: str) -> None:
        self._http = http
        self._url = url
        self.bearer = {"Authorization": f"Bearer {token}"}

    @classmethod
    async def login(cls, http: ClientSession, url: str, name: str = "owner", password: str = "") -> Asking:
        """Logged in; of the demo's members the password is known."""
        body = {"username": name, "password": password or f"{name}-demo"}
        async with http.post(f"{url}/staff/login", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return cls(http, url, (await answer.json())["token"])

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer, which must be a good one."""
        async with self._http.request(method, self._url + path, json=body, headers=self.bearer) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def link_for(self, name: str, role: str) -> str:
        """The one-time link of a new member."""
        link: str = (await self.ask("POST", "/manager/staff", {"username": name, "role": role}))["link"]
        return link
