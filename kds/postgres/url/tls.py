"""What a link is encrypted and verified with: libpq's sslmode and the files beside it."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

from kds.errors import BadDatabaseUrl

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
PASSED_ON = (*FILES, "sslpassword", "ssl_min_protocol_version", "ssl_max_protocol_version")
SYSTEM = "system"
"""sslrootcert=system: the authorities this machine trusts."""


def check_tls(parameters: Mapping[str, str], environ: Mapping[str, str], mode: str) -> None:
    """Refuses what no link could be made with, naming the file that is missing or is none.

    Raises:
        BadDatabaseUrl: with what to write instead.
    """
    if mode == "no-verify":
        raise BadDatabaseUrl(
            "says sslmode=no-verify, a word of Node's: write sslmode=require (encrypted, not verified)"
        )
    if mode not in MODES:
        raise BadDatabaseUrl(f"says sslmode={mode}, which must be one of {', '.join(MODES)}")
    for name in ("ssl_min_protocol_version", "ssl_max_protocol_version"):
        if parameters.get(name, VERSIONS[0]) not in VERSIONS:
            raise BadDatabaseUrl(f"says {name}={parameters[name]}, which must be one of {', '.join(VERSIONS)}")
    negotiation = parameters.get("sslnegotiation", "postgres")
    if negotiation not in ("postgres", "direct"):
        raise BadDatabaseUrl(f"says sslnegotiation={negotiation}, which must be postgres or direct")
    if negotiation == "direct" and mode in MODES[:3]:
        raise BadDatabaseUrl(f"says sslnegotiation=direct, which needs sslmode=require or better, not {mode}")
    if parameters.get("sslrootcert") == SYSTEM and mode != "verify-full":
        raise BadDatabaseUrl(f"says sslrootcert=system, which needs sslmode=verify-full, not {mode}")
    if mode == "disable":
        return
    for name in FILES:
        if name in parameters and not (name == "sslrootcert" and parameters[name] == SYSTEM):
            _check_file(name, parameters[name])
    if mode in MODES[4:] and "sslrootcert" not in parameters and not has_root_file(environ):
        raise BadDatabaseUrl(
            f"says sslmode={mode}, but names no certificate to verify with: add sslrootcert=FILE of your provider, "
            "or sslmode=verify-full&sslrootcert=system"
        )


def is_verified(parameters: Mapping[str, str], environ: Mapping[str, str], mode: str) -> bool:
    """Whether a server's certificate is checked; with `require` it is when there is a root certificate (libpq)."""
    return mode in MODES[4:] or (mode == "require" and ("sslrootcert" in parameters or has_root_file(environ)))


def has_root_file(environ: Mapping[str, str]) -> bool:
    """Whether ~/.postgresql/root.crt is there, which libpq takes unasked."""
    return _root_file(environ).is_file()


def verifying_context(parameters: Mapping[str, str], name: str | None) -> ssl.SSLContext:
    """What sslmode=verify-full verifies with, where asyncpg's own would not do: sslrootcert=system, or hostaddr.

    `name` is the one the certificate must have; None: what the link goes to.
    """
    context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.name = name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    for end in ("minimum", "maximum"):
        if version := parameters.get(f"ssl_{end[:3]}_protocol_version"):
            setattr(context, f"{end}_version", ssl.TLSVersion[version.replace(".", "_")])
    context.set_alpn_protocols(["postgresql"])
    if parameters.get("sslrootcert") == SYSTEM:
        context.load_default_certs()
    else:
        context.load_verify_locations(parameters.get("sslrootcert") or _root_file(os.environ))
    if "sslcrl" in parameters:
        context.load_verify_locations(parameters["sslcrl"])
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    if "sslcert" in parameters:
        password = parameters.get("sslpassword", "")
        context.load_cert_chain(parameters["sslcert"], parameters.get("sslkey"), lambda: password)
    return context


class _NamedContext(ssl.SSLContext):
    """Verifies by a name of its own, and asks for it (SNI), whatever address the link goes to."""

    name: str | None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        return super().wrap_bio(incoming, outgoing, server_side, self.name or server_hostname, session)


def _root_file(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or os.path.expanduser("~"), ".postgresql", "root.crt")


def _check_file(name: str, value: str) -> None:
    try:
        content = Path(value).read_text(encoding="ascii", errors="replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such name can be"
        raise BadDatabaseUrl(f"names {name}={value}, which cannot be read: {reason}") from None
    if "-----BEGIN " not in content:
        raise BadDatabaseUrl(f"names {name}={value}, which is no PEM file")
