"""Screens of the demo restaurant."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from tests.conftest import JWT_SECRET, RunningServer
from tests.flow.display.boards import OpenScreen
from tests.screen import open_screen, token_for


@pytest.fixture
def token(branch_id: str) -> str:
    """A login for the kitchen of the demo restaurant."""
    return token_for(JWT_SECRET, branch_id)


@pytest.fixture
def screen(http: ClientSession, server: RunningServer, token: str) -> OpenScreen:
    """Opens screens of the demo restaurant."""
    return lambda **query: open_screen(http, server.url, query.pop("token", token), **query)
