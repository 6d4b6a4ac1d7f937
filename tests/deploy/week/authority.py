"""An authority of one's own, which no machine knows, made by openssl as a DBA makes it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


class Authority:
    """Signs certificates; its own is what clients are given."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.certificate = folder / "ca.crt"
        constraints = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
        self._openssl(f"req -x509 {KEY} -days 2 -subj /CN=Kitchen-CA -keyout ca.key -out ca.crt", *constraints)

    def certify(self, address: str, *, user: str) -> tuple[Path, Path]:
        """A certificate for an address and its key, which is this user's of the system."""
        (self._folder / "names").write_text(f"subjectAltName=IP:{address}\n")
        self._openssl(f"req {KEY} -subj /CN={address} -keyout server.key -out server.csr")
        self._openssl("x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names"
                      " -out server.crt")  # fmt: skip
        files = self._folder / "server.crt", self._folder / "server.key"
        files[1].chmod(0o600)
        if os.getuid() == 0:
            for file in files:
                shutil.chown(file, user)
        return files

    def _openssl(self, command: str, *more: str) -> None:
        subprocess.run(["openssl", *command.split(), *more], cwd=self._folder, check=True, capture_output=True)
