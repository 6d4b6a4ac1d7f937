"""What a kitchen screen is told of an event: the whole order, as it is now."""

from __future__ import annotations

from uuid import UUID

from kds.relay.event import Event


def event_message(event: Event) -> bytes:
    """The JSON message of an event, built once for all screens of its branch."""
    if event.body is None:
        return (
            f'{{"type":"ORDER_REMOVED","revision":{event.revision},"prev":{event.prev},'
            f'"orderId":"{event.order_id}","timestamp":"{event.timestamp}"}}'
        ).encode()
    kind = "NEW_ORDER" if event.kind == "NEW_ORDER" else "ORDER_UPDATED"
    return (
        f'{{"type":"{kind}","revision":{event.revision},"prev":{event.prev},'
        f'"timestamp":"{event.timestamp}",{event.body[1:]}'
    ).encode()


class KitchenScreens:
    """The screens of the branch: each is told of every event, with the whole order."""

    name = "kitchen"

    def topic(self, event: Event) -> UUID:
        """The branch."""
        return event.branch_id

    def message(self, event: Event) -> bytes:
        """As kds/relay/event.py, event_message()."""
        return event_message(event)
