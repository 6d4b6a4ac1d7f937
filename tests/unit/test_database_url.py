"""A database URL means what it means to psql: kds/postgres, held against the libpq of this machine."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import os
import stat
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kds.errors import BadDatabaseUrl
from kds.postgres.url.address import Address, read_address
from kds.postgres.url.parameters import ENVIRONMENT
from kds.postgres.url.reading import read_url
from tests.system_postgres import required

SECRET = "hunterhunter"
SYNTAX = "postgresql:/@[]?&=,#%40%2F1.:-"


class Option(ctypes.Structure):
    """PQconninfoOption of libpq-fe.h."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        *((name, ctypes.c_char_p) for name in ("keyword", "envvar", "compiled", "val", "label", "dispchar")),
        ("dispsize", ctypes.c_int),
    ]


@functools.cache
def libpq() -> ctypes.CDLL:
    """The library behind psql; skips where there is none."""
    name = ctypes.util.find_library("pq")
    required("libpq", name)
    library = ctypes.CDLL(name)
    library.PQconninfoParse.restype = library.PQconndefaults.restype = ctypes.POINTER(Option)
    return library


def as_libpq(url: str) -> dict[str, str] | None:
    """What libpq reads in a URL; None when it refuses it."""
    library, message = libpq(), ctypes.c_char_p()
    options = library.PQconninfoParse(url.encode(), ctypes.byref(message))
    if not options:
        return None
    # an escape may make bytes that are no UTF-8: libpq takes them as they are, we refuse them
    return {
        option.keyword.decode(): option.val.decode(errors="surrogateescape") for option in _each(options) if option.val
    }


def said(parameters: dict[str, str]) -> dict[str, str]:
    """Without what is empty: libpq keeps the commas between hosts and ports of which none is named."""
    return {name: value for name, value in parameters.items() if value.strip("," if name in ("host", "port") else "")}


def _each(options: Any) -> list[Option]:
    found: list[Option] = []
    while options[len(found)].keyword:
        found.append(options[len(found)])
    return found


def ours(url: str) -> dict[str, str] | None:
    """What we read in it."""
    try:
        return read_url(url)
    except BadDatabaseUrl as error:
        assert SECRET[:6] not in str(error)
        return None


URLS = [
    "postgresql://",
    "postgres://",
    "postgresql:///kds",
    "postgresql://h",
    "postgresql://h:5433",
    "postgresql://h/",
    "postgresql://h?connect_timeout=10",
    "postgres://u:p@h:5432/kds?connect_timeout=10&channel_binding=require&keepalives=1&keepalives_idle=30",
    "postgres://u@/kds?host=/run/postgresql,db.example.com&port=5432,5433",
    "postgres://u:p@db-a:5432,db-b:5433/kds?target_session_attrs=primary",
    "postgres://u:p@db-a,db-b/kds?target_session_attrs=read-write",
    "postgres://u:p@[::1]:5432,[2001:db8::1]/kds",
    "postgres://u:p@%2Frun%2Fpostgresql/kds",
    "postgres://u%40x:p%2F%40%3A%25@h/k%20ds",
    f"postgres://kds:{SECRET}#2@h/db",
    f"postgres://kds:{SECRET}?2@h/db",
    "postgres://u@h/db?host=other&user=somebody&dbname=else&password=p",
    "postgres://u@h/db?options=-csearch_path%3Dx%20-cstatement_timeout%3D5s&application_name=a%20b",
    "postgres://u@h/db?ssl=true",
    "postgres://:p@h/db",
    "postgres://@h/db",
    "postgres://u:@h/db",
    "postgres://u@h:/db",
    "postgres://u@,/db",
    "postgres://u@h/db?sslmode=verify-full&sslrootcert=system&passfile=/x&service=",
    "postgres://u@h/db?",
    "postgres://u@h/?",
    "postgres://u@h?",
    "postgresql://?",
    "postgres://u@h/db?sslmode=require&",
]
NO_URLS = ["postgres://u@h/db?&", "postgres://u@h/db?&port=1", "postgres://u@h/db?port=1&&"]


@pytest.mark.parametrize("url", URLS)
def test_what_psql_reads_is_read_the_same(url: str) -> None:
    wanted = as_libpq(url)
    assert wanted is not None, "libpq refuses it: this is no example"
    assert said(read_url(url)) == said(wanted)


@pytest.mark.parametrize("url", NO_URLS)
def test_what_psql_refuses_is_refused(url: str) -> None:
    assert as_libpq(url) is None
    with pytest.raises(BadDatabaseUrl):
        read_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///kds?host=/run/postgresql",
        "postgresql:///kds?host=h&options=-csearch_path%3Dx#@",
        "postgresql://h/kds?user=a@b",
        "postgresql://h?user=u",
    ],
)
def test_a_url_without_credentials_is_told_nothing_of_a_password(url: str) -> None:
    assert "password" not in " ".join(read_address(url, {}).notices)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*SYNTAX, "//", "u", "p", "host", "port=5432", "a,b", "[::1]", "%zz", "%00", "%ee", "=", "é", "🍕"]
        ),
        max_size=14,
    ).map("".join)
)
@example("u%ee:p%c3@h/%ff")
@example("u%f0%9f%8d%95:🍕@h/é%c3%a9")
def test_any_text_is_read_as_libpq_reads_it_or_refused_in_words(text: str) -> None:
    for url in (text, f"postgresql://{text}", f"postgres://u:p@h/{text}"):
        found, wanted = ours(url), as_libpq(url) if "\0" not in url else None
        if found is None or wanted is None:
            continue  # we also refuse a host with an @ and a port that is no number; libpq refuses unknown parameters
        assert said(found) == said(wanted), url


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20),
    st.sampled_from(["@", "/", ":", "%"]),
)
def test_no_piece_of_a_password_is_ever_told(text: str, separator: str) -> None:
    password = f"{SECRET}{separator}{text}{SECRET}"
    try:
        address = read_address(f"postgres://kds:{password}@h/db", {})
    except BadDatabaseUrl as error:
        assert SECRET[:6] not in str(error)
        assert "percent-encode" in str(error)
    else:
        # what could be read as well was read as libpq does, whoever meant something else
        assert SECRET not in repr(address)
        assert SECRET not in " ".join(address.notices)
    encoded = read_url(f"postgres://kds:{quote(password, safe='')}@h/db")
    assert encoded["password"] == password


@pytest.mark.parametrize("password", ["hunter#2", "hunter/2", "hunter@2", "hunter%2", "hunter?2"])
def test_a_password_that_is_not_encoded_is_said_without_it(password: str) -> None:
    try:
        said = " ".join(read_address(f"postgres://kds:{password}@h/db", {}).notices)
    except BadDatabaseUrl as error:
        said = str(error)
    assert "percent-encode the password" in said and "hunter" not in said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres://u@h/db?sslmode=no-verify", "sslmode=require"),
        ("postgres://u@h/db?pgbouncer=true", "LISTEN_DATABASE_URL"),
        ("postgres://u@h/db?sslmode=maybe", "verify-full"),
        ("postgres://u@h/db?connect_timeout=soon", "no number"),
        ("postgres://u@h/db?keepalives_idle=99999999999", "too large"),
        ("postgres://u@h/db?target_session_attrs=standby", "read-write"),
        ("postgres://u@h/db?requirepeer=postgres", "cannot do"),
        ("postgres://u@h/db?sslrootcert=/no/such/file.pem", "/no/such/file.pem"),
        ("postgres://u@h/db?sslmode=verify-full&sslrootcert=/etc/hostname", "no PEM file"),
        ("postgres://u@h/db?sslmode=require&sslrootcert=system", "verify-full"),
        ("postgres://u@h/db?sslnegotiation=direct&sslmode=prefer", "sslmode=require"),
        ("postgres://u@h/db?ssl_min_protocol_version=SSLv3", "TLSv1.2"),
        ("postgres://u@h/db?service=restaurant", "restaurant"),
        ("postgres://u@h/db?port=70000", "65535"),
        ("postgres://u@h/db?host=a,b,c&port=1,2", "3 hosts for 2 ports"),
        ("postgres://u@h/db?load_balance_hosts=maybe", "random"),
        ("postgres://u@a..b/db", "host"),
        ("postgres://u@h/db?broken", "name=value"),
        ("postgres://u@[::1/db", "brackets"),
        ("mysql://h/db", "postgresql://"),
        ("'postgres://h/db'", "postgresql://"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_to_write(url: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        read_address(url, {"HOME": str(tmp_path)})
    assert said in str(refused.value)


def modes(url: str, **environ: str) -> list[str]:
    """The sslmode of each host."""
    return [host.sslmode for host in read_address(url, environ).hosts]


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://localhost/kds", ["prefer"]),
        ("postgresql:///kds?host=/run/postgresql", ["disable"]),
        ("postgresql://127.0.0.1/kds", ["prefer"]),
        ("postgresql://[::1]/kds", ["prefer"]),
        ("postgres://u:p@db.example/kds", ["require"]),
        ("postgres://u:p@db.example/kds?sslmode=disable", ["disable"]),
        ("postgres:///kds?host=/run/postgresql,db.example.com", ["disable", "require"]),
        ("postgres://127.0.0.1:1,db.example.com:2/kds", ["prefer", "require"]),
        ("postgres://db.example.com,localhost/kds?sslmode=require", ["require", "require"]),
    ],
)
def test_a_link_off_this_machine_is_encrypted_host_by_host(url: str, wanted: list[str]) -> None:
    assert modes(url) == wanted
    assert modes(url, PGSSLMODE="allow") != ["require"] or "sslmode" in url


def test_an_unverified_link_is_said_and_a_verified_one_is_not(tmp_path: Path) -> None:
    certificate = tmp_path / "root.crt"
    certificate.write_text("-----BEGIN CERTIFICATE-----\n")
    home = {"HOME": str(tmp_path)}
    url = "postgres://u@127.0.0.1,db.example.com/kds?sslmode="
    (notice,) = read_address(url + "require", home).notices
    assert "db.example.com" in notice and "verify" in notice and "127.0.0.1" not in notice
    (notice,) = read_address(url + "prefer", home).notices
    assert "open to be read" in notice
    for verified in ("verify-full&sslrootcert=system", f"verify-ca&sslrootcert={certificate}"):
        assert read_address(url + verified, home).notices == ()
    # with a root certificate in its place libpq verifies what only asks to be encrypted
    (tmp_path / ".postgresql").mkdir()
    certificate.rename(tmp_path / ".postgresql" / "root.crt")
    assert read_address(url + "require", home).notices == ()


def test_the_variables_are_those_of_libpq() -> None:
    named = {
        option.envvar.decode(): option.keyword.decode() for option in _each(libpq().PQconndefaults()) if option.envvar
    }
    ours = {variable: name for name, variable in ENVIRONMENT.items()}
    shared = named.keys() & ours.keys()
    assert {v: ours[v] for v in shared} == {v: named[v] for v in shared} and len(shared) >= 20
    # kept by our own name, and by UTF-8; PGREQUIRESSL and PGSSLCOMPRESSION are of long ago
    without = {
        "PGAPPNAME",
        "PGCLIENTENCODING",
        "PGSERVICE",
        "PGSERVICEFILE",
        "PGREQUIRESSL",
        "PGSSLCOMPRESSION",
        "PGSSLSNI",
    }
    assert named.keys() - ours.keys() <= without


def test_a_variable_fills_what_url_and_service_leave_out(tmp_path: Path) -> None:
    services = tmp_path / "pg_service.conf"
    services.write_text("[other]\nhost=no\n[kds]\n# where\nhost=from-service\nport=6000\nsslmode=disable\n")
    environ = {
        "PGSERVICEFILE": str(services), "PGSERVICE": "kds", "PGUSER": "from-env", "PGPORT": "7000",
        "PGDATABASE": "env-db", "PGPASSWORD": "pw", "PGCONNECT_TIMEOUT": "9", "PGOPTIONS": "-cjit=off",
    }  # fmt: skip

    def summary(address: Address) -> tuple[object, ...]:
        (host,) = address.hosts
        return host.name, host.port, host.sslmode, host.password, address.user, address.database

    address = read_address("postgresql://", environ)
    assert summary(address) == ("from-service", 6000, "disable", "pw", "from-env", "env-db")
    assert (address.connect_timeout_s, address.server_settings) == (9.0, {"options": "-cjit=off"})
    address = read_address("postgresql://me:mine@here:1/db?sslmode=prefer", environ)
    assert summary(address) == ("here", 1, "prefer", "mine", "me", "db")


def test_several_hosts_want_the_one_that_takes_writes() -> None:
    assert read_address("postgres://a,b/kds", {}).target == "read-write"
    assert read_address("postgres://a,b/kds?target_session_attrs=any", {}).target == "any"
    assert read_address("postgres://a/kds", {}).target == "any"
    assert [(h.name, h.port) for h in read_address("postgres://u@/k?host=a:1,b:2", {}).hosts] == [("a", 1), ("b", 2)]
    assert [(h.name, h.port) for h in read_address("postgres://u@a,b:2/k", {}).hosts] == [("a", 5432), ("b", 2)]


def test_a_password_file_serves_each_host_its_own(tmp_path: Path) -> None:
    file = tmp_path / ".pgpass"
    file.write_text("# mine\na:5432:kds:u:for-a\nb:*:*:u:with\\:colon\\\\\nlocalhost:*:*:*:of-sockets\n")
    file.chmod(0o600)
    environ = {"HOME": str(tmp_path)}
    hosts = read_address("postgres://u@a,b,c/kds", environ).hosts
    assert [host.password for host in hosts] == ["for-a", "with:colon\\", None]
    assert read_address("postgres://u@/kds?host=/run/x", environ).hosts[0].password == "of-sockets"
    assert read_address(f"postgres://u@a/kds?passfile={file}", {}).hosts[0].password == "for-a"
    assert read_address("postgres://u:url@a/kds", environ | {"PGPASSWORD": "env"}).hosts[0].password == "url"
    assert read_address("postgres://u@a/kds", environ | {"PGPASSWORD": "env"}).hosts[0].password == "env"
    assert not told_of_file("postgres://u@a/kds", environ)
    file.chmod(stat.S_IMODE(os.stat(file).st_mode) | 0o040)
    assert read_address("postgres://u@a/kds", environ).hosts[0].password is None, "libpq passes over a file others read"
    (told,) = told_of_file("postgres://u@a,b/kds", environ)
    assert str(file) in told and "group or world access" in told and "chmod 600" in told
    assert "plain file" in told_of_file(f"postgres://u@a/kds?passfile={tmp_path}", {})[0]
    assert not told_of_file("postgres://u:given@a/kds", environ), "it is not asked"
    assert not told_of_file("postgres://u@a/kds", {"HOME": str(tmp_path / "nobody")})


def told_of_file(url: str, environ: dict[str, str]) -> list[str]:
    """What is said of a password file that is passed over."""
    return [notice for notice in read_address(url, environ).notices if "takes no password" in notice]
