"""What every long-running command needs of its process: an event loop, signals that end it, room for sockets."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def run_event_loop(main: Coroutine[Any, Any, int]) -> int:
    """Runs a coroutine on uvloop where the platform has it."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


def stop_on_signals(stopping: asyncio.Event) -> None:
    """Sets the event at Ctrl-C, at SIGTERM, and when the terminal is closed unless that is ignored (nohup)."""
    loop = asyncio.get_running_loop()
    for name in ENDING_SIGNALS:
        number = getattr(signal, name, None)
        if number is None or (name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN):
            continue
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))


def raise_descriptor_limit() -> None:
    """Allows as many open sockets as the system lets this user have."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
