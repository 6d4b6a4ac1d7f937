"""An image: a folder with a system in it, and how it is started: as the first process of a world of its own."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PRIVATE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
"""Its mounts are nobody else's and end with it; it is process 1 of its own, whose end ends the others."""


@dataclass(frozen=True)
class Image:
    """What FROM begins with and a build ends with."""

    root: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str = "0:0"
    folder: str = "/"
    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    healthcheck: Sequence[str] = ()
    stop_signal: str = "SIGTERM"
    exposed: Sequence[str] = ()
    mounts: Mapping[Path, str] = field(default_factory=dict)
    """What lies in it without having been copied: {Path("/here"): "/there"}."""


@dataclass(frozen=True)
class Confinement:
    """What the compose file takes away from a service."""

    read_only: bool = False
    no_capabilities: bool = False
    no_new_privileges: bool = False


def inside(
    image: Image,
    command: Sequence[str],
    environment: Mapping[str, str],
    mounts: Mapping[Path, str],
    confinement: Confinement = Confinement(),
) -> list[str]:
    """The command line that runs a command in an image with this environment alone: /proc and /dev/shm of its own."""
    root = shlex.quote(str(image.root))
    script = ["set -e", f"mount --bind {root} {root}"]
    script += [f"mount --bind {shlex.quote(str(here))} {root}{there}" for here, there in mounts.items()]
    if confinement.read_only:
        script.append(f"mount -o remount,bind,ro {root}")
    script += [f"mount -t proc proc {root}/proc", f"mount -t tmpfs -o mode=1777 tmpfs {root}/dev/shm", 'exec "$@"']
    user, _, group = image.user.partition(":")
    identity = ["setpriv", f"--reuid={user}", f"--regid={group or user}", "--clear-groups"]
    if confinement.no_capabilities:
        identity += ["--bounding-set=-all", "--inh-caps=-all"]
    if confinement.no_new_privileges:
        identity.append("--no-new-privs")
    variables = [f"{name}={value}" for name, value in {"HOME": "/", **environment}.items()]
    chroot = ["/usr/sbin/chroot", str(image.root), *identity, "env", "-i", f"--chdir={image.folder}", *variables]
    return [*PRIVATE, "sh", "-c", "\n".join(script), "sh", *chroot, *command]
