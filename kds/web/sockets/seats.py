"""Room for those who need no login: so many of an address, and never all of the process."""

from __future__ import annotations

from collections import Counter

from aiohttp import web

from kds.config import Config
from kds.errors import TooMany
from kds.web.clients.addresses import counted_networks
from kds.web.clients.proxies import client_address

CUSTOMERS_SHARE = 0.9
"""Of MAX_SOCKETS; the rest is for screens and boards alone."""


class CustomerSeats:
    """Room for those who need no login: so many of an address, and never all of the process: the kitchen needs some."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._taken: Counter[str] = Counter()
        self._count = 0

    def take(self, request: web.Request) -> Seat:
        """One seat, from before anything is waited for; to be left when the socket is over.

        Raises:
            TooMany: there is none.
        """
        networks = counted_networks(client_address(request, self._config))
        if self._count >= self._config.max_sockets * CUSTOMERS_SHARE or any(
            self._taken[network] >= share * self._config.max_customers_per_address
            for network, share in networks.items()
        ):
            raise TooMany("Too many people are watching. Try again in a moment.", retry_after_s=5)
        self._taken.update(networks.keys())
        self._count += 1
        return Seat(self, tuple(networks))

    def leave(self, networks: tuple[str, ...]) -> None:
        """One seat of this client is free."""
        self._count -= 1
        for network in networks:
            self._taken[network] -= 1
            if not self._taken[network]:
                del self._taken[network]


class Seat:
    """A taken seat, as a context; smaller than a generator's, for there is one to every phone."""

    __slots__ = ("_networks", "_seats")

    def __init__(self, seats: CustomerSeats, networks: tuple[str, ...]) -> None:
        self._seats = seats
        self._networks = networks

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_exception: object) -> None:
        self._seats.leave(self._networks)
