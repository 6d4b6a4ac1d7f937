"""The end of a test on a loop that goes on: as `asyncio.run` ends its loop, no task outlives it."""

from __future__ import annotations

import asyncio
from collections.abc import Set
from typing import Any


async def cancel_all_tasks_but(kept: Set[asyncio.Task[Any]]) -> None:
    """Cancels the other tasks of this loop and awaits their ends; an error among these is logged by asyncio."""
    ending = asyncio.all_tasks() - kept - {asyncio.current_task()}
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
    for task in ending:
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "a task of the test failed as it was cancelled", "exception": error, "task": task}
            asyncio.get_running_loop().call_exception_handler(context)
