"""Executes a Containerfile: each stage in a root of its own, each instruction as the reference says what it does."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.deploy.container.containerfile import Instruction, Stage, expand, read
from tests.deploy.container.context import Context
from tests.deploy.container.debian import Bases
from tests.deploy.container.image import Image, inside

CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
PIP_SETTINGS = ("index-url", "trusted-host", "proxy", "cert")
NETWORK_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


class BuildError(Exception):
    """A step failed, or is none that this builder knows."""


def build(containerfile: Path, folder: Path, bases: Bases, arguments: Mapping[str, str]) -> Image:
    """Builds the image of the last stage, `arguments` being those of `--build-arg`.

    Raises:
        BuildError: a step failed; with what it printed.
        NotToBeHad: a base image cannot be made here.
    """
    context = Context(folder, containerfile)
    stages = read(containerfile.read_text(encoding="utf-8"))
    built: dict[str, Image] = {}
    for number, stage in enumerate(stages):
        built[stage.name] = _Building(bases.image(stage.image, f"stage-{number}"), context, built, arguments).run(stage)
    return built[stages[-1].name]


class _Building:
    """One stage on its way."""

    def __init__(self, base: Image, context: Context, built: Mapping[str, Image], arguments: Mapping[str, str]) -> None:
        self._image = base
        self._context = context
        self._built = built
        self._given = arguments
        self._arguments: dict[str, str] = {}

    def run(self, stage: Stage) -> Image:
        for instruction in stage.instructions:
            step = getattr(self, f"_{instruction.name.lower()}", None)
            if step is None:
                raise BuildError(f"{instruction.name}: this builder does not know it")
            step(instruction)
        return self._image

    @property
    def _variables(self) -> dict[str, str]:
        return {**self._arguments, **self._image.environment}

    def _arg(self, instruction: Instruction) -> None:
        name, _, default = instruction.arguments.partition("=")
        self._arguments[name] = self._given.get(name, expand(default, self._variables))

    def _env(self, instruction: Instruction) -> None:
        new = dict(word.split("=", 1) for word in instruction.words(self._variables))
        self._image = replace(self._image, environment={**self._image.environment, **new})

    def _workdir(self, instruction: Instruction) -> None:
        self._image = replace(self._image, folder=self._absolute(instruction.words(self._variables)[0]))
        self._there(self._image.folder).mkdir(parents=True, exist_ok=True)

    def _user(self, instruction: Instruction) -> None:
        user = expand(instruction.arguments, self._variables)
        if not re.fullmatch(r"\d+:\d+", user):
            raise BuildError(f"USER {user}: this builder takes numbers")
        self._image = replace(self._image, user=user)

    def _copy(self, instruction: Instruction) -> None:
        *sources, target = instruction.words(self._variables)
        there = self._there(self._absolute(target))
        for source in sources:
            if "from" in instruction.options:
                here = self._built[instruction.options["from"]].root / source.lstrip("/")
                if here.is_dir():
                    shutil.copytree(here, there, symlinks=True)
                else:
                    shutil.copy2(here, there)
            else:
                self._context.copy(source, there / Path(source).name if target.endswith("/") else there)

    def _run(self, instruction: Instruction) -> None:
        pip, certificates = _as_this_machine_reaches_packages()
        environment = {**pip, **self._arguments, **self._image.environment}
        mounts = {Path("/etc/resolv.conf"): "/etc/resolv.conf", certificates: str(CERTIFICATES)}
        done = subprocess.run(
            inside(self._image, instruction.command(), environment, mounts),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=600, check=False,
        )  # fmt: skip
        if done.returncode:
            raise BuildError(f"RUN {instruction.arguments}\nended with {done.returncode}: {done.stdout[-4000:]}")

    def _cmd(self, instruction: Instruction) -> None:
        self._image = replace(self._image, command=instruction.command())

    def _entrypoint(self, instruction: Instruction) -> None:
        self._image = replace(self._image, entrypoint=instruction.command(), command=())

    def _healthcheck(self, instruction: Instruction) -> None:
        check = re.fullmatch(r"CMD\s+(.+)", instruction.arguments, re.S)
        if check is None:
            raise BuildError(f"HEALTHCHECK {instruction.arguments}: CMD is missing")
        self._image = replace(self._image, healthcheck=replace(instruction, arguments=check[1]).command())

    def _expose(self, instruction: Instruction) -> None:
        self._image = replace(self._image, exposed=[*self._image.exposed, *instruction.words(self._variables)])

    def _stopsignal(self, instruction: Instruction) -> None:
        self._image = replace(self._image, stop_signal=expand(instruction.arguments, self._variables))

    def _absolute(self, path: str) -> str:
        return os.path.normpath(os.path.join(self._image.folder, path)) + ("/" if path.endswith("/") else "")

    def _there(self, path: str) -> Path:
        return self._image.root / path.lstrip("/")


def _as_this_machine_reaches_packages() -> tuple[dict[str, str], Path]:
    """What `docker build` would be told of an index, a proxy and certificates; none of it stays in the image."""
    found = {name: os.environ[name] for name in NETWORK_VARIABLES if name in os.environ}
    certificates = CERTIFICATES
    if (pip := shutil.which("pip")) is not None:
        # global.index-url='https://...'
        listed = subprocess.run([pip, "config", "list"], capture_output=True, text=True, check=False).stdout
        for line in listed.splitlines():
            name, _, quoted = line.partition("=")
            setting, value = name.rpartition(".")[2], "".join(shlex.split(quoted))
            if setting == "cert":
                certificates = Path(value)
            elif setting in PIP_SETTINGS:
                found[f"PIP_{setting.upper().replace('-', '_')}"] = value
    return found, certificates
