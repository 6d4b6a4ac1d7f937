"""What `COPY` finds in the build's context: the folder less what its ignore file names (Dockerfile reference)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath


class Context:
    """A folder and the patterns of `Containerfile.dockerignore` beside it; the last one that matches counts."""

    def __init__(self, folder: Path, containerfile: Path) -> None:
        self.folder = folder
        ignore = containerfile.with_name(containerfile.name + ".dockerignore")
        lines = [line.strip() for line in ignore.read_text(encoding="utf-8").splitlines()]
        patterns = [line for line in lines if line and not line.startswith("#")]
        self._rules = [(not line.startswith("!"), _compiled(line.removeprefix("!"))) for line in patterns]

    def ignores(self, path: PurePosixPath) -> bool:
        """Whether a path in the folder, `kds/server.py`, is left out; a pattern also matches what is below it."""
        ignored = False
        for ignore, pattern in self._rules:
            if any(pattern.fullmatch(str(part)) for part in (path, *path.parents)):
                ignored = ignore
        return ignored

    def copy(self, source: str, target: Path) -> None:
        """Copies a file or the contents of a folder, as COPY does.

        Raises:
            FileNotFoundError: there is none, or it is ignored.
        """
        found = self.folder / source
        if found.is_file() and not self.ignores(PurePosixPath(source)):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, target)
            return
        copied = 0
        for file in self._files(found):
            there = target / file.relative_to(found)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, there)
            copied += 1
        if not copied:
            raise FileNotFoundError(f"COPY {source}: not in the build's context")

    def _files(self, folder: Path) -> Iterator[Path]:
        for path in folder.iterdir():
            relative = PurePosixPath(path.relative_to(self.folder).as_posix())
            if path.is_dir():
                # a pattern with ! that begins below an ignored folder, !a/b/c, would be missed: there is none
                if not self.ignores(relative):
                    yield from self._files(path)
            elif not self.ignores(relative):
                yield path


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.strip("/"))
    known = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(known.get(part) or re.escape(part) for part in parts))
