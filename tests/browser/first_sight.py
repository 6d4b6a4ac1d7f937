"""What a page showed when something was first so, and when that was: the page keeps it, for an answer comes later."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from .conftest import eventually

KEEP = """() => {
  const keep = () => {
    if (!(CONDITION)) return;
    observer.disconnect();
    window.NAME = VALUE;
  };
  const observer = new MutationObserver(keep);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  keep();
}"""
"""An observer hears of a change as soon as the script that makes it is done: of a painted screen, whole."""
NOW_MS = "Date.now()"
"""The clock of the machine, which all pages share."""


async def keep_first(page: Page, name: str, condition: str, value: str = NOW_MS) -> None:
    """From now on, until a condition holds in the page for the first time; keeps the value of then."""
    await page.evaluate(KEEP.replace("CONDITION", condition).replace("NAME", name).replace("VALUE", value))


async def keep_press(page: Page) -> None:
    """Keeps, as `pressedAt`, when a pointer is pressed next."""
    await page.evaluate(
        f"addEventListener('pointerdown', () => (window.pressedAt = {NOW_MS}), {{ capture: true, once: true }})"
    )


async def kept(page: Page, name: str) -> Any:
    """What was kept under this name, once there is something."""
    await eventually(page, f"window.{name} !== undefined")
    return await page.evaluate(f"window.{name}")
