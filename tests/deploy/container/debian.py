"""The images that others build: Debian by debootstrap, made into python:X-slim and postgres:X as far as we use them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from kds.postgres.embedded import EmbeddedPostgres
from tests.deploy.container.image import PRIVATE, Image

RELEASE_OF_PYTHON = {"3.11": "bookworm", "3.13": "trixie"}
"""The Debian release that has a version of Python; python:X-slim is built on the newest release."""
PACKAGES = "ca-certificates,python3,python3-venv"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
RELEASE_OF_POSTGRES = "trixie"
PACKAGES_OF_POSTGRES = "/opt/wheels"
POSTGRES_USER = "999:999"

START_POSTGRES = r"""
set -e
as_postgres="setpriv --reuid=postgres --regid=postgres --clear-groups"
mkdir -p "$PGDATA"
chown -R postgres:postgres /var/lib/postgresql
chmod 700 "$PGDATA"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" >/run/postgresql/password
  chown postgres /run/postgresql/password
  $as_postgres initdb --username="$POSTGRES_USER" --pwfile=/run/postgresql/password
  rm /run/postgresql/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "unix_socket_directories = '/run/postgresql'" >>"$PGDATA/postgresql.conf"
  $as_postgres pg_ctl -o "-c listen_addresses=''" -w start
  $as_postgres createdb -h /run/postgresql -U "$POSTGRES_USER" "$POSTGRES_DB"
  $as_postgres pg_ctl -m fast -w stop
fi
exec $as_postgres postgres -c listen_addresses='*'
"""
"""What the image's docker-entrypoint.sh does with these variables (github.com/docker-library/postgres)."""


class NotToBeHad(Exception):
    """A base image cannot be made here."""


class Bases:
    """Makes each base once, in its folder, from the mirror that this machine takes its packages from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    def image(self, reference: str, name: str) -> Image:
        """A fresh copy of `python:3.13-slim` or `postgres:18`, in the folder of this name.

        Raises:
            NotToBeHad: there is no such image, or debootstrap failed.
        """
        repository, _, tag = reference.partition(":")
        if repository == "python" and tag.endswith("-slim") and tag.removesuffix("-slim") in RELEASE_OF_PYTHON:
            return self._python(tag.removesuffix("-slim"), self._folder / name)
        if repository == "postgres" and tag.isdecimal():
            return self._postgres(int(tag), self._folder / name)
        raise NotToBeHad(f"{reference}: no Debian release stands for it in RELEASE_OF_PYTHON")

    def _python(self, version: str, root: Path) -> Image:
        _copy(self._debian(RELEASE_OF_PYTHON[version]), root)
        for program in ("python", "python3"):
            (root / "usr/local/bin" / program).symlink_to("/usr/bin/python3")
        image = Image(root, {"PATH": PATH, "LANG": "C.UTF-8"}, command=["python3"])
        found = subprocess.run(
            ["/usr/sbin/chroot", str(root), "/usr/bin/python3", "--version"], capture_output=True, text=True, check=True
        ).stdout
        assert found.startswith(f"Python {version}."), found
        return image

    def _postgres(self, version: int, root: Path) -> Image:
        _copy(self._debian(RELEASE_OF_POSTGRES), root)
        user, _, group = POSTGRES_USER.partition(":")
        with (root / "etc/passwd").open("a") as file:
            file.write(f"postgres:x:{user}:{group}::/var/lib/postgresql:/bin/sh\n")
        with (root / "etc/group").open("a") as file:
            file.write(f"postgres:x:{group}:\n")
        here = EmbeddedPostgres.programs(version)
        packages = here.parents[2]  # the programs look for libraries beside their own package
        for path in (PACKAGES_OF_POSTGRES, "/var/lib/postgresql", "/run/postgresql"):
            (root / path.lstrip("/")).mkdir(parents=True)
        shutil.chown(root / "run/postgresql", int(user), int(group))
        return Image(
            root,
            {
                "PATH": f"{PACKAGES_OF_POSTGRES}/{here.relative_to(packages)}:{PATH}",
                "LANG": "C.UTF-8",
                "PGDATA": f"/var/lib/postgresql/{version}/docker",
            },
            entrypoint=["/bin/sh", "-c", START_POSTGRES, "postgres"],
            stop_signal="SIGINT",
            exposed=["5432"],
            mounts={packages: PACKAGES_OF_POSTGRES},
        )

    def _debian(self, release: str) -> Path:
        root = self._folder / release
        if release not in self._made:
            log = self._folder / f"{release}.log"
            with log.open("wb") as output:
                done = subprocess.run(
                    [*PRIVATE, "--mount-proc", "debootstrap", "--variant=minbase", f"--include={PACKAGES}", release,
                     str(root), _mirror()],
                    stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, timeout=1200, check=False,
                )  # fmt: skip
            if done.returncode:
                said = log.read_text(errors="replace").strip().splitlines()[-1:]
                raise NotToBeHad(f"debootstrap {release} ended with {done.returncode}: {''.join(said)}")
            self._made[release] = root
        return self._made[release]


def _copy(source: Path, target: Path) -> None:
    # keeps owners and devices
    subprocess.run(["cp", "--archive", "--reflink=auto", source, target], check=True)


def _mirror() -> str:
    """The mirror of Debian that apt has, which may be one inside a network without others."""
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Component: main"]
    found = subprocess.run(asked, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"}).stdout
    return next((uri for uri in found.split() if uri.rstrip("/").endswith("/debian")), "http://deb.debian.org/debian")
