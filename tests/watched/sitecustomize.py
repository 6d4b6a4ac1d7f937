"""Writes down the tracebacks of a process. Every Python that a test starts loads this by its name.

That holds however its standard error is read, or is not: of a server, a command, a program that a shell started.
tests/tracebacks.py, which puts this folder into PYTHONPATH, reads what was written.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType

FOLDER = "KDS_TEST_TRACEBACKS"
"""The variable that names the folder in which each has a file of its own."""


def watch() -> None:
    """From now on what this process logs with a traceback at ERROR, and what ends it or a thread of it, is noted."""
    call_handlers, end_process, end_thread = logging.Logger.callHandlers, sys.excepthook, threading.excepthook

    def log(self: logging.Logger, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR and (record.exc_info or record.name == "asyncio"):
            error = record.exc_info[1] if record.exc_info else None
            _note(f"{record.levelname} {record.name} {record.getMessage()}", error)
        call_handlers(self, record)

    def process_ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _note("uncaught", error)
        end_process(kind, error, trace)

    def thread_ended(arguments: threading.ExceptHookArgs) -> None:
        _note(f"uncaught in the thread {arguments.thread and arguments.thread.name}", arguments.exc_value)
        end_thread(arguments)

    logging.Logger.callHandlers = log  # type: ignore[method-assign]
    sys.excepthook, threading.excepthook = process_ended, thread_ended


def _note(what: str, error: BaseException | None) -> None:
    # the folder of a test that is over is gone
    folder = Path(os.environ.get(FOLDER, ""))
    if folder.is_dir():
        lines = [f"{' '.join(sys.orig_argv)[:200]} (pid {os.getpid()}): {what}\n"]
        if error is not None:
            lines += traceback.format_exception(error)
        (folder / f"{time.time_ns()}-{os.getpid()}").write_text("".join(lines), encoding="utf-8", errors="replace")


if __name__ == "sitecustomize" and FOLDER in os.environ:
    watch()
