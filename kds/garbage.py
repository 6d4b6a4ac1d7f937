"""Passes of the garbage collector, kept too short for a cook to see.

A full pass looks at every object of the process, a hundred for each socket: at 10,000 sockets every screen stood still
for half a second while they connected, and for a second after they had left. So what lasts is taken out of the passes:
gc.freeze(), which costs nothing. A frozen object is still freed with its last reference; what only a pass can free is a
circle, and a socket leaves none, however it ends.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

GROWTH_PER_FREEZE = 50
FREEZES_PER_LOOK = 10
"""After so many all objects are looked at again, once there are few clients: what was frozen may be in circles."""
YOUNGEST, OLDEST = 0, 2


def freeze_all() -> None:
    """Frees what is in circles, and looks no more at what is left: once a process has made what it will always have."""
    gc.collect()
    gc.freeze()


class LastingObjects:
    """Freezes what survived a pass whenever clients have become more, from `start` to `stop`.

    `clients` tells how many there are; one may count twice, as a connection and as a socket that was let in, for it
    brings objects with both. The interpreter begins a pass with every 7,700 objects that were made and not freed, so a
    crowd is frozen while it comes, and no pass looks at much more.
    """

    def __init__(self, clients: Callable[[], int]) -> None:
        self._clients = clients
        self._clients_then = 0
        self._freezes = 0
        self._is_looking = False

    def start(self) -> None:
        """Begins to hear of passes."""
        gc.callbacks.append(self._hear)

    def stop(self) -> None:
        """Hears of none any more, if it did."""
        if self._hear in gc.callbacks:
            gc.callbacks.remove(self._hear)

    def _hear(self, phase: str, told: dict[str, int]) -> None:
        if phase != "stop" or told["generation"] == YOUNGEST:
            return
        clients = self._clients()
        if self._is_looking and told["generation"] == OLDEST:
            self._is_looking = False
            gc.freeze()
        elif clients >= self._clients_then + GROWTH_PER_FREEZE:
            self._clients_then = clients
            self._freezes += 1
            gc.freeze()
        else:
            self._clients_then = min(self._clients_then, clients)
            if self._freezes >= FREEZES_PER_LOOK and clients < GROWTH_PER_FREEZE:
                self._freezes = 0
                self._is_looking = True
                gc.unfreeze()  # the next full pass looks at all
