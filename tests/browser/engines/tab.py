"""A page in some browser, as a person uses it: what the drivers of the three engines have in common."""

from __future__ import annotations

import asyncio
import json
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

PATIENCE_S = 60
"""No promise: three engines share a machine with a PostgreSQL."""


class Moving(Exception):
    """The page went to another address while it was asked something."""


LEFT = ("destroyed", "navigat", "no such frame", "unload")
"""What the drivers say of a page that was left, in one word or another."""


class Tab(ABC):
    """The only page of a browser that was started for one test."""

    engine: str
    complaints: list[str]
    """The errors that no script caught, as far as the engine tells them."""

    @abstractmethod
    async def go(self, url: str) -> None:
        """Opens an address and waits until it is loaded."""

    @abstractmethod
    async def run(self, body: str) -> Any:
        """The JSON value that the body of an async function returns in the page.

        Raises:
            Moving: the page was left meanwhile.
        """

    @abstractmethod
    async def tap(self, x: float, y: float) -> None:
        """A press of the pointer at a place of the viewport, as a finger or a mouse does it."""

    @abstractmethod
    async def press(self, keys: str) -> None:
        """Types these characters, or one key by its name (`Enter`)."""

    @abstractmethod
    async def picture(self) -> bytes:
        """The viewport as a PNG."""

    @abstractmethod
    async def close(self) -> None:
        """Ends the browser."""

    async def until(self, expression: str, what: str | None = None) -> Any:
        """Waits until an expression is true in the page; its value."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(Moving):
                if value := await self.run(f"return {expression};"):
                    return value
            await asyncio.sleep(0.1)
        text = await self.run("return document.body.innerText.slice(0, 600);")
        raise AssertionError(f"{self.engine}: never {what or expression}. The page says:\n{text}")

    async def sees(self, selector: str, text: str = "") -> None:
        """Waits until something is there that a person can see, with this text in it."""
        await self.until(f"{_SHOWN}({json.dumps(selector)}, {json.dumps(text)}) !== null", f"{selector} {text}")

    async def click(self, selector: str, text: str = "") -> None:
        """Presses the first thing like this that can be seen, once it stands still."""
        place = f"{_SHOWN}({json.dumps(selector)}, {json.dumps(text)})"
        await self.sees(selector, text)
        await self.run(f"{place}.scrollIntoView({{ block: 'center' }});")
        before = None
        async with asyncio.timeout(PATIENCE_S):
            while True:
                here = await self.run(_MIDDLE.replace("PLACE", place))
                if here == before and here is not None:
                    break
                before = here
                await asyncio.sleep(0.1)
        await self.tap(*here)

    async def fill(self, selector: str, text: str) -> None:
        """Puts a text into a field by typing it."""
        await self.click(selector)
        await self.run(f"document.querySelector({json.dumps(selector)}).select();")
        await self.press(text)

    async def text(self, selector: str) -> str:
        """What the first of these says."""
        return str(await self.run(f"return document.querySelector({json.dumps(selector)}).textContent;"))


_SHOWN = """((selector, text) => [...document.querySelectorAll(selector)].find((node) =>
  node.getClientRects().length > 0 && node.textContent.includes(text)) ?? null)"""
_MIDDLE = """const node = PLACE;
if (node === null) return null;
const { left, top, width, height } = node.getBoundingClientRect();
return [left + width / 2, top + height / 2];"""
