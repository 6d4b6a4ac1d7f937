"""How tests of the display socket open screens, and how each begins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from tests.conftest import RunningServer
from tests.screen import Screen

ConnectDb = Callable[[], Awaitable[Any]]


StartServer = Callable[..., Awaitable[RunningServer]]


OpenScreen = Callable[..., AbstractAsyncContextManager[Screen]]


async def greeted(screen: Screen) -> tuple[dict[str, Any], dict[str, Any]]:
    """HELLO and SNAPSHOT."""
    hello, snapshot = await screen.take(2)
    assert (hello["type"], snapshot["type"]) == ("HELLO", "SNAPSHOT")
    return hello, snapshot
