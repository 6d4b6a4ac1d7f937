"""Runs a compose file's services as `docker compose up` does (compose-spec), as far as a file uses it.

A key that this does not know ends the test: it cannot fall behind the file without a word.
"""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tests.deploy.container.image import Confinement, Image, inside
from tests.deploy.container.network import Network, first_of

KNOWN = {
    "file": {"name", "services", "volumes"},
    "service": {
        "image", "build", "command", "environment", "volumes", "healthcheck", "depends_on", "ports", "read_only",
        "cap_drop", "security_opt", "stop_grace_period", "restart",
    },
    "build": {"context", "dockerfile", "args"},
    "healthcheck": {"test", "interval", "timeout", "retries", "start_period"},
}  # fmt: skip
_VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}


class ComposeError(Exception):
    """The file cannot be run, or a service did not do what another depends on."""


@dataclass(frozen=True)
class Service:
    """What the file says of one, and its image."""

    name: str
    image: Image
    says: Mapping[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """All that its process has."""
        return {**self.image.environment, "HOSTNAME": self.name, **self.says.get("environment", {})}

    @property
    def command(self) -> list[str]:
        """What is started."""
        return [*self.image.entrypoint, *self.says.get("command", self.image.command)]

    @property
    def confinement(self) -> Confinement:
        """What is taken from it."""
        return Confinement(
            bool(self.says.get("read_only")),
            self.says.get("cap_drop") == ["ALL"],
            "no-new-privileges:true" in self.says.get("security_opt", []),
        )

    @property
    def grace_s(self) -> float:
        """How long it may take to stop."""
        return seconds(self.says.get("stop_grace_period", "10s"))

    def published(self) -> tuple[str, int]:
        """Where this machine reaches it: `127.0.0.1:8000:8000` is at ("127.0.0.1", 8000)."""
        host, port, inner = self.says["ports"][0].split(":")
        assert inner == port and inner in self.image.exposed, "one network: what is published is what it listens on"
        return host, int(port)


class Project:
    """The services of a file, their volumes and their network; what they print is in `folder`, a file each."""

    def __init__(self, services: Mapping[str, Service], network: Network, folder: Path) -> None:
        self.services = services
        self.network = network
        self._folder = folder
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def up(self) -> None:
        """Starts all, each when those it depends on have done their part.

        Raises:
            ComposeError: one of them did not.
        """
        for name, service in self.services.items():
            for other, condition in service.says.get("depends_on", {}).items():
                await self._await(other, condition["condition"])
            await self.start(name)

    async def start(self, name: str) -> None:
        """Starts one."""
        service = self.services[name]
        with self.log(name).open("ab") as output:
            self._running[name] = await asyncio.create_subprocess_exec(
                *self._line(service, service.command), stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
            )

    async def stop(self, name: str) -> int:
        """Sends its stop signal and waits as long as the file allows; the exit code.

        Raises:
            TimeoutError: it would have been killed.
        """
        service, process = self.services[name], self._running.pop(name)
        first_of(process).send_signal(getattr(signal, service.image.stop_signal))
        async with asyncio.timeout(service.grace_s):
            return await process.wait()

    async def is_healthy(self, name: str) -> bool:
        """Whether its health check says so, the file's or the image's."""
        service = self.services[name]
        kind, *command = service.says.get("healthcheck", {}).get("test", ["CMD", *service.image.healthcheck])
        assert kind == "CMD" and command, f"{name} has no health check"
        check = await asyncio.create_subprocess_exec(
            *self._line(service, command), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return await check.wait() == 0

    def user_of(self, name: str) -> int:
        """As whom the first process of a service runs."""
        return int(first_of(self._running[name]).uids().real)

    def is_running(self, name: str) -> bool:
        """Whether it has not ended."""
        return name in self._running and self._running[name].returncode is None

    def log(self, name: str) -> Path:
        """What it printed."""
        return self._folder / f"{name}.log"

    async def down(self) -> None:
        """Ends everything."""
        await self.network.remove()
        for process in self._running.values():
            await process.wait()

    async def _await(self, name: str, condition: str) -> None:
        if condition == "service_completed_successfully":
            code = await self._running[name].wait()
            if code:
                raise ComposeError(f"{name} ended with {code}: {self.log(name).read_text()[-2000:]}")
        elif condition == "service_healthy":
            check = self.services[name].says["healthcheck"]
            for _ in range(check["retries"]):
                if await self.is_healthy(name):
                    return
                if not self.is_running(name):
                    break
                await asyncio.sleep(seconds(check["interval"]) / 4)
            raise ComposeError(f"{name} is not healthy: {self.log(name).read_text()[-2000:]}")
        else:
            raise ComposeError(f"depends_on {name}: {condition} is not known")

    def _line(self, service: Service, command: list[str]) -> list[str]:
        mounts = {**service.image.mounts, self.network.hosts: "/etc/hosts"}
        for volume in service.says.get("volumes", []):
            name, _, there = volume.partition(":")
            here = self._folder / "volumes" / name
            here.mkdir(parents=True, exist_ok=True)
            mounts[here] = there
        line = inside(service.image, command, service.environment, mounts, service.confinement)
        return self.network.joined(line)


def load(
    file: Path, environment: Mapping[str, str], image_of: Callable[[str, Mapping[str, Any]], Image]
) -> dict[str, Service]:
    """Reads a file with the environment of whoever runs it; `image_of(service, what it says)` has their images.

    Raises:
        ComposeError: a variable is missing, or a key is not known.
    """
    read = yaml.safe_load(file.read_text(encoding="utf-8"))
    _only_known("file", read)
    services = {}
    for name, unfilled in read["services"].items():
        says = _filled(unfilled, environment)
        _only_known("service", says)
        for part in ("build", "healthcheck"):
            _only_known(part, says.get(part, {}))
        services[name] = Service(name, image_of(name, says), says)
    return services


def seconds(duration: str) -> float:
    """`1m30s` is 90."""
    return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([\d.]+)(ms|s|m)", duration))


def _filled(value: Any, environment: Mapping[str, str]) -> Any:
    """The value with `${NAME}`, `${NAME:-default}` and `${NAME:?what is missing}` filled in."""
    if isinstance(value, dict):
        return {name: _filled(inner, environment) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, environment) for inner in value]
    if not isinstance(value, str):
        return value

    def fill(found: re.Match[str]) -> str:
        name, kind, text = found.groups()
        if environment.get(name):
            return environment[name]
        if kind == "?":
            raise ComposeError(f"{name} is missing: {text}")
        return text or ""

    return _VARIABLE.sub(fill, value)


def _only_known(part: str, says: Mapping[str, Any]) -> None:
    if unknown := set(says) - KNOWN[part]:
        raise ComposeError(f"{part}: {', '.join(sorted(unknown))} is not known to this test")
