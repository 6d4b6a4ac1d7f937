"""Firefox by WebDriver BiDi, which it speaks itself: no driver program stands between.

Playwright's own `moz-firefox` sends commands that an ESR does not know yet (emulation.setMediaFeaturesOverride).
Source: https://w3c.github.io/webdriver-bidi/
"""

from __future__ import annotations

import base64
import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from .processes import Process, program
from .tab import LEFT, PATIENCE_S, Moving, Tab

FIREFOX = program("firefox-esr", "firefox")
PREFERENCES = {
    "intl.accept_languages": "en-GB",
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.autoplay.default": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.update.disabledForTesting": True,
    "extensions.update.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004"}


class FirefoxTab(Tab):
    """A page of Firefox."""

    engine = "firefox"

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kds-firefox-", ignore_cleanup_errors=True)
        self._ids = itertools.count(1)
        self._http = ClientSession()
        self._process: Process | None = None
        self._socket: ClientWebSocketResponse | None = None
        self._context = ""
        self.complaints: list[str] = []

    @classmethod
    async def open(cls, width: int, height: int) -> FirefoxTab:
        """Starts a Firefox with a profile of its own."""
        tab = cls()
        try:
            await tab._start(width, height)
        except BaseException:
            await tab.close()
            raise
        return tab

    async def _start(self, width: int, height: int) -> None:
        _write_preferences(Path(self._folder.name), PREFERENCES)
        command = [FIREFOX, "--headless", "--no-remote", "--profile", self._folder.name, "--remote-debugging-port=0"]
        self._process = await Process.start(command, MOZ_CRASHREPORTER_DISABLE="1", HOME=self._folder.name)
        found = await self._process.prints(r"WebDriver BiDi listening on (ws://\S+)", PATIENCE_S)
        self._socket = await self._http.ws_connect(f"{found[1]}/session", max_msg_size=0)
        await self._do("session.new", capabilities={})
        tree = await self._do("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]
        await self._do("session.subscribe", events=["log.entryAdded"])
        await self._do(
            "browsingContext.setViewport", context=self._context, viewport={"width": width, "height": height}
        )

    async def _do(self, method: str, **params: Any) -> dict[str, Any]:
        assert self._socket is not None
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            answer = await self._socket.receive_json(timeout=PATIENCE_S)
            if answer.get("type") == "event":
                self._hear(answer)
            elif answer.get("id") == number:
                if answer["type"] == "error":
                    said = f"{method}: {answer['error']}: {answer['message']}"
                    raise Moving(said) if any(word in said for word in LEFT) else RuntimeError(said)
                result: dict[str, Any] = answer["result"]
                return result

    def _hear(self, event: dict[str, Any]) -> None:
        if event["method"] == "log.entryAdded" and event["params"]["level"] == "error":
            self.complaints.append(event["params"]["text"])

    async def go(self, url: str) -> None:
        await self._do("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def run(self, body: str) -> Any:
        wrapped = f"(async () => JSON.stringify((await (async () => {{ {body} }})()) ?? null))()"
        result = await self._do(
            "script.evaluate", expression=wrapped, target={"context": self._context}, awaitPromise=True
        )
        if result["type"] == "exception":
            raise RuntimeError(f"{result['exceptionDetails']['text']} in: {body[:200]}")
        return json.loads(result["result"]["value"])

    async def tap(self, x: float, y: float) -> None:
        actions = [
            {"type": "pointerMove", "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        await self._act({"type": "pointer", "id": "mouse", "actions": actions})

    async def press(self, keys: str) -> None:
        strokes = [KEYS[keys]] if keys in KEYS else list(keys)
        actions = [{"type": kind, "value": key} for key in strokes for kind in ("keyDown", "keyUp")]
        await self._act({"type": "key", "id": "keyboard", "actions": actions})

    async def _act(self, source: dict[str, Any]) -> None:
        await self._do("input.performActions", context=self._context, actions=[source])

    async def picture(self) -> bytes:
        shot = await self._do("browsingContext.captureScreenshot", context=self._context)
        return base64.b64decode(shot["data"])

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        await self._http.close()
        if self._process is not None:
            await self._process.end()
        self._folder.cleanup()


def _write_preferences(profile: Path, preferences: dict[str, object]) -> None:
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
