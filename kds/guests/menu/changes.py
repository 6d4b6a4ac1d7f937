"""Who is told when the menu of a branch changes: its order pages, by one frame built once for all of them.

sql/menu.sql announces a change before it; the pages get it after it, from kds/guests/menu/handlers.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from kds.background import forever
from kds.domain.shared_reads import SharedReads
from kds.errors import NotFound, Unavailable
from kds.guests.menu.menu import Menu
from kds.relay.hub import Hub, TopicId

log = logging.getLogger(__name__)

RETRY_S = 1.0
REST_S = 0.1
"""Between two rounds of reading, however many changes are announced: anybody may announce some."""


def menu_topic(branch_id: UUID) -> TopicId:
    """The topic of a branch's open order pages."""
    return "menu", branch_id


class MenuPublisher:
    """Reads the menus that are shown anew when they change, through `read`, and publishes them to their topics."""

    def __init__(self, hub: Hub, read: Callable[[UUID], Awaitable[Menu]]) -> None:
        self._hub = hub
        self._read = read
        self._reads = SharedReads(self._read_numbered)
        self._shown: dict[UUID, int] = {}
        self._told: dict[UUID, str] = {}
        """The version that was published last, as long as no reading found another."""
        self._dirty: set[UUID] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._number = 0

    def start(self) -> None:
        """Begins to follow."""
        self._task = asyncio.create_task(forever("menus", self._follow), name="menus")

    async def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def watch(self, branch_id: UUID) -> None:
        """Another page shows the menu of this branch; each `watch` is ended by one `unwatch`."""
        self._shown[branch_id] = self._shown.get(branch_id, 0) + 1

    def unwatch(self, branch_id: UUID) -> None:
        """A page left."""
        self._shown[branch_id] -= 1
        if self._shown[branch_id] <= 0:
            del self._shown[branch_id]
            self._told.pop(branch_id, None)

    def hear(self, kind: str, branch_id: UUID | None) -> None:
        """A control message: MENU_CHANGED, of one branch or of any; or "", when one may have been missed."""
        if kind in {"", "MENU_CHANGED"}:
            self._mark(branch_id)

    def _mark(self, branch_id: UUID | None) -> None:
        self._dirty.update(self._shown if branch_id is None else {branch_id} & self._shown.keys())
        self._wake.set()

    async def read(self, branch_id: UUID) -> Menu:
        """The menu now; of a branch later ones have greater revisions."""
        return await self._reads.read(branch_id)

    async def _read_numbered(self, branch_id: UUID) -> Menu:
        self._number += 1
        number = self._number
        menu = replace(await self._read(branch_id), revision=number)
        if self._told.get(branch_id) != menu.version:
            self._told.pop(branch_id, None)
        return menu

    async def _follow(self) -> None:
        await self._wake.wait()
        self._wake.clear()
        for branch_id in list(self._dirty):
            self._dirty.discard(branch_id)
            try:
                menu = await self.read(branch_id)
            except Unavailable as error:
                log.warning("menu not read error=%s", error)
                self._put_back(branch_id)
                await asyncio.sleep(RETRY_S)
            except NotFound:
                log.info("menu gone with its branch branch=%s", branch_id)
            except Exception:
                # its pages ask for it, or are ended; those of other branches hear on
                log.exception("menu not read branch=%s", branch_id)
                self._hub.resync_topic(menu_topic(branch_id))
            else:
                self._publish(branch_id, menu)
        await asyncio.sleep(REST_S)

    def _publish(self, branch_id: UUID, menu: Menu) -> None:
        """Tells a menu that is another one: whoever announces changes that are none sends nothing to anybody."""
        if self._told.get(branch_id) == menu.version:
            return
        if branch_id in self._shown and self._number == menu.revision:  # else a page may have read another by now
            self._told[branch_id] = menu.version
        self._hub.publish(menu_topic(branch_id), menu.revision, menu.message)

    def _put_back(self, branch_id: UUID) -> None:
        self._dirty.add(branch_id)
        self._wake.set()
