"""Which code this is: the version, and the commit where it can be known."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from kds import __version__

CHECKOUT = Path(__file__).parents[1]
VARIABLES = ("SOURCE_VERSION", "HEROKU_SLUG_COMMIT", "HEROKU_BUILD_COMMIT", "RENDER_GIT_COMMIT")
"""What platforms tell a process of the commit they deployed."""
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def full_version(environ: Mapping[str, str] = os.environ, folder: Path = CHECKOUT) -> str:
    """`0.1.0`, with `+g` and the commit's first twelve digits when it is known (PEP 440, local version)."""
    commit = commit_of(environ, folder)
    return f"{__version__}+g{commit[:12]}" if commit else __version__


def commit_of(environ: Mapping[str, str] = os.environ, folder: Path = CHECKOUT) -> str | None:
    """The commit: of the checkout that the code lies in, of the repository pip was given, or as the platform says."""
    told = [environ.get(name, "") for name in VARIABLES]
    for found in (_of_checkout(folder), _of_installation(), *told):
        if found and _COMMIT.fullmatch(found):
            return found
    return None


def _of_checkout(folder: Path) -> str | None:
    """Read without git, which a server need not have."""
    git = folder / ".git"
    try:
        if git.is_file():  # a worktree's
            git = folder / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        common = git / "commondir"
        shared = git / common.read_text(encoding="utf-8").strip() if common.exists() else git
        name = head.removeprefix("ref: ")
        if (shared / name).is_file():
            return (shared / name).read_text(encoding="utf-8").strip()
        packed = (shared / "packed-refs").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    return next((line.partition(" ")[0] for line in packed.splitlines() if line.endswith(f" {name}")), None)


def _of_installation() -> str | None:
    """PEP 610: what `pip install git+https://...` resolved."""
    try:
        text = distribution("kds").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    try:
        commit = json.loads(text or "{}").get("vcs_info", {}).get("commit_id")
    except ValueError:
        return None
    return str(commit) if commit else None
