"""Reads a Containerfile: its stages, their instructions, its variables (Dockerfile reference, docs.docker.com)."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class Instruction:
    """`COPY --from=build /opt/kds /kds` is `Instruction("COPY", {"from": "build"}, "/opt/kds /kds")`."""

    name: str
    options: Mapping[str, str]
    arguments: str

    def words(self, variables: Mapping[str, str]) -> list[str]:
        """The arguments one by one, their variables filled in."""
        return [expand(word, variables) for word in shlex.split(self.arguments)]

    def command(self) -> list[str]:
        """What CMD, ENTRYPOINT and RUN start: a list as it is, a line in a shell."""
        if self.arguments.startswith("["):
            command: list[str] = json.loads(self.arguments)
            return command
        return ["/bin/sh", "-c", self.arguments]


@dataclass(frozen=True)
class Stage:
    """`FROM image AS name` and what follows it."""

    image: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)


def read(text: str) -> list[Stage]:
    """Its stages, the last being the image."""
    stages: list[Stage] = []
    for line in _lines(text):
        instruction = _instruction(line)
        if instruction.name == "FROM":
            image, *named = instruction.arguments.split()
            stages.append(Stage(image, named[1] if named else str(len(stages))))
        else:
            stages[-1].instructions.append(instruction)
    return stages


def expand(text: str, variables: Mapping[str, str]) -> str:
    """The text with `$NAME` and `${NAME}` filled in; what is not set is empty."""
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2], ""), text)


def _lines(text: str) -> list[str]:
    kept = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return re.sub(r"\\\n", " ", "\n".join(kept)).splitlines()


def _instruction(line: str) -> Instruction:
    name, _, rest = line.strip().partition(" ")
    options = {}
    while option := re.match(r"\s*--([\w-]+)=(\S+)\s+", rest):
        options[option[1]] = option[2]
        rest = rest[option.end() :]
    return Instruction(name.upper(), options, rest.strip())
