"""Whether this process lives, and whether it can serve."""

from __future__ import annotations

import msgspec
from aiohttp import web

from kds.errors import Unavailable
from kds.handlers.edge import json_response
from kds.migrate import newest_version
from kds.relay import Relay
from kds.store import Store


class HealthHandlers:
    """/healthz and /readyz."""

    def __init__(self, store: Store, relay: Relay) -> None:
        self._store = store
        self._relay = relay

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 as long as the process answers."""
        return json_response(b'{"status":"ok"}')

    async def readyz(self, _request: web.Request) -> web.Response:
        """200 when database, LISTEN link and schema are good, else 503 with what is not."""
        try:
            version = await self._store.schema_version()
            database = "ok"
        except Unavailable:
            version, database = None, "away"
        needed = newest_version()
        ready = database == "ok" and self._relay.is_live and version == needed
        answer = {
            "status": "ready" if ready else "not ready",
            "database": database,
            "schemaVersion": version,
            "schemaNeeded": needed,
            "relay": self._relay.listener.state.value,
        }
        return json_response(msgspec.json.encode(answer), 200 if ready else 503)
