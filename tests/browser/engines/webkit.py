"""WebKitGTK's MiniBrowser by WebDriver: the engine of every browser on an iPad.

Source: https://www.w3.org/TR/webdriver2/ and https://webkitgtk.org, WebKitWebDriver(1).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout

from .processes import Process, program
from .tab import LEFT, PATIENCE_S, Moving, Tab

DRIVER = program("WebKitWebDriver")
XVFB = program("Xvfb")
MINI_BROWSER = next((str(file) for file in Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")), "")
SCRIPT_S = PATIENCE_S / 4
"""What a script may take: one that was sent while the page changed its address is lost, and never answers."""
LOST = (*LEFT, "execute/async: timeout")
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004"}


class WebKitTab(Tab):
    """A page of WebKitGTK."""

    engine = "webkit"

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kds-webkit-", ignore_cleanup_errors=True)
        self._http = ClientSession(timeout=ClientTimeout(total=2 * PATIENCE_S))
        self._processes: list[Process] = []
        self._session = ""
        self._driver = ""
        self.complaints: list[str] = []

    @classmethod
    async def open(cls, width: int, height: int) -> WebKitTab:
        """Starts a MiniBrowser with a folder of its own, on a screen of its own."""
        tab = cls()
        try:
            await tab._start(width, height)
        except BaseException:
            await tab.close()
            raise
        return tab

    async def _start(self, width: int, height: int) -> None:
        port = _free_port()
        home = self._folder.name
        environment = {
            "HOME": home,
            "XDG_RUNTIME_DIR": home,
            "XDG_DATA_HOME": home,
            "XDG_CACHE_HOME": home,
            "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
            "GDK_BACKEND": "x11",
            # its sandbox needs user namespaces, which a container has not; the pages are our own
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
        }
        if not os.environ.get("DISPLAY"):
            environment["DISPLAY"] = await self._screen()
        self._processes.append(await Process.start([DRIVER, f"--port={port}", "--host=127.0.0.1"], **environment))
        self._driver = f"http://127.0.0.1:{port}"
        options = {"binary": MINI_BROWSER, "args": ["--automation", f"--geometry={width}x{height}"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        session = await self._until_up("/session", {"capabilities": capabilities})
        self._session = f"/session/{session['sessionId']}"
        await self._do("POST", "/timeouts", {"script": round(SCRIPT_S * 1000), "pageLoad": PATIENCE_S * 1000})
        await self._do("POST", "/window/rect", {"width": width, "height": height})
        await self._fit(width, height)

    async def _screen(self) -> str:
        """A display of its own, that nobody sees."""
        process = await Process.start([XVFB, "-displayfd", "1", "-screen", "0", "2000x1400x24", "-nolisten", "tcp"])
        self._processes.append(process)
        found = await process.prints(r"^(\d+)$", PATIENCE_S)
        return f":{found[1]}"

    async def _fit(self, width: int, height: int) -> None:
        """The page is as high as wanted, and as narrow as the window's own bar lets it be (450 px)."""
        inner = await self.run("return [innerWidth, innerHeight];")
        size = {"width": 2 * width - inner[0], "height": 2 * height - inner[1]}
        await self._do("POST", "/window/rect", size)
        await self.until(f"innerHeight === {height}", "as high as wanted")

    async def _until_up(self, path: str, body: dict[str, Any]) -> Any:
        """The first answer: the driver takes a moment to listen."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    return await self._ask("POST", path, body)
                except ClientConnectorError:
                    await asyncio.sleep(0.1)

    async def _do(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return await self._ask(method, self._session + path, body)

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if method == "GET" else json.dumps(body or {})
        async with self._http.request(method, self._driver + path, data=data) as answer:
            value = (await answer.json(content_type=None))["value"]
        if isinstance(value, dict) and "error" in value:
            said = f"{method} {path}: {value['error']}: {value.get('message')}"
            raise Moving(said) if any(word in said for word in LOST) else RuntimeError(said)
        return value

    async def go(self, url: str) -> None:
        await self._do("POST", "/url", {"url": url})

    async def run(self, body: str) -> Any:
        script = (
            "const done = arguments[arguments.length - 1];"
            f"(async () => {{ {body} }})().then((value) => done(JSON.stringify([value ?? null])),"
            " (error) => done(JSON.stringify({ error: String(error) })));"
        )
        value = json.loads(await self._do("POST", "/execute/async", {"script": script, "args": []}))
        if isinstance(value, dict):
            raise RuntimeError(f"{value['error']} in: {body[:200]}")
        return value[0]

    async def tap(self, x: float, y: float) -> None:
        actions = [
            {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0, "origin": "viewport"},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        parameters = {"pointerType": "mouse"}
        await self._act({"type": "pointer", "id": "mouse", "parameters": parameters, "actions": actions})

    async def press(self, keys: str) -> None:
        strokes = [KEYS[keys]] if keys in KEYS else list(keys)
        actions = [{"type": kind, "value": key} for key in strokes for kind in ("keyDown", "keyUp")]
        await self._act({"type": "key", "id": "keyboard", "actions": actions})

    async def _act(self, source: dict[str, Any]) -> None:
        await self._do("POST", "/actions", {"actions": [source]})

    async def picture(self) -> bytes:
        return base64.b64decode(await self._do("GET", "/screenshot"))

    async def close(self) -> None:
        try:
            if self._session:
                await self._do("DELETE", "")
        except (ClientError, RuntimeError, TimeoutError):
            pass  # it is ended below, whatever it says
        await self._http.close()
        for process in reversed(self._processes):
            await process.end()
        self._folder.cleanup()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
