"""Which code it is: kds/version.py."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kds import __version__
from kds.version import commit_of, full_version


def git(folder: Path, *arguments: str) -> str:
    """What git says."""
    names = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ("git", *names, *arguments), cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.parametrize("form", ["loose", "packed", "detached", "worktree"])
def test_the_commit_of_a_checkout_is_told_without_git(tmp_path: Path, form: str) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    git(checkout, "init", "-q")
    git(checkout, "commit", "-q", "--allow-empty", "-m", "first")
    commit = git(checkout, "rev-parse", "HEAD")
    if form == "packed":
        git(checkout, "pack-refs", "--all")
    elif form == "detached":
        git(checkout, "checkout", "-q", "--detach")
    elif form == "worktree":
        git(checkout, "worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
        checkout = tmp_path / "other"
    assert commit_of({}, checkout) == commit
    assert full_version({}, checkout) == f"{__version__}+g{commit[:12]}"


def test_a_platform_tells_it_where_there_is_no_checkout(tmp_path: Path) -> None:
    assert commit_of({"SOURCE_VERSION": "a" * 40}, tmp_path) == "a" * 40
    assert full_version({"SOURCE_VERSION": "v1; rm"}, tmp_path) == full_version({}, tmp_path)
