"""A network that only the services of one project share, with names; a process that ends takes all of them along."""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

CLONE_NEWNET = 0x40000000


class Network:
    """Addresses of the loopback range in a network namespace. The services are below one process, which reads from us.

    Its end, also when this process is killed, ends the services: the kernel ends all of a process namespace with the
    first of it.
    """

    def __init__(self, holder: asyncio.subprocess.Process, first: psutil.Process, hosts: Path) -> None:
        self._holder = holder
        self._first = first
        self.hosts = hosts
        self._inside = ThreadPoolExecutor(1, initializer=_enter, initargs=(first.pid,))

    @classmethod
    async def create(cls, names: list[str], folder: Path) -> Network:
        """A network where these names can be resolved."""
        script = "ip link set lo up && echo up && exec cat"
        holder = await asyncio.create_subprocess_exec(
            "unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "sh", "-c", script, stdin=-1, stdout=-1
        )
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"up\n", "iproute2 brings up the network"
        hosts = folder / "hosts"
        lines = ["127.0.0.1 localhost", *(f"127.0.1.{number} {name}" for number, name in enumerate(names, 1))]
        hosts.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return cls(holder, psutil.Process(holder.pid).children()[0], hosts)

    def joined(self, command: list[str]) -> list[str]:
        """The command line that runs a command in it."""
        return ["nsenter", f"--target={self._first.pid}", "--net", "--pid", "--", *command]

    def socket(self, address: tuple[Any, ...]) -> socket.socket:
        """A socket in it, for aiohttp's `socket_factory`: it belongs to where it was made."""
        family, kind, protocol = address[:3]
        return self._inside.submit(socket.socket, family, kind, protocol).result()

    async def remove(self) -> None:
        """Ends what still runs in it."""
        assert self._holder.stdin is not None
        self._inside.shutdown()
        self._holder.stdin.close()
        await self._holder.wait()


def first_of(process: asyncio.subprocess.Process) -> psutil.Process:
    """The process that is 1 in the world of its own which this command line made.

    Raises:
        LookupError: it has ended.
    """
    for child in psutil.Process(process.pid).children(recursive=True):
        numbers = Path(f"/proc/{child.pid}/status").read_text().partition("NSpid:")[2].partition("\n")[0].split()
        if len(numbers) == 3 and numbers[-1] == "1":
            return child
    raise LookupError(f"nothing runs below {process.pid}")


def _enter(pid: int) -> None:
    """Moves this thread into the network of a process (setns(2); os.setns came with Python 3.12)."""
    with Path(f"/proc/{pid}/ns/net").open() as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
