"""The environment: kds/config."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from pathlib import Path

import pytest

from kds.config import Config, notices, secret_faults
from kds.errors import ConfigError

GOOD = {"DATABASE_URL": "postgres://u:p@db.example/kds", "JWT_SECRET": "kW3vXq7Lr0ZbT5nYd2HsPfUe9MjGa1Cc"}
README = Path(__file__).parents[2] / "kds/deploy/README.md"


def test_a_good_environment_needs_two_settings() -> None:
    config = Config.from_env(GOOD)
    assert (config.host, config.port, config.listen_url) == ("0.0.0.0", 8000, GOOD["DATABASE_URL"])


def test_settings_are_read_as_what_they_are() -> None:
    config = Config.from_env(
        {
            **GOOD,
            "PORT": "5000",
            "TRUST_PROXY": "yes",
            "BATCHING_POLL_S": "0.01",
            "CORS_ORIGINS": "https://a.example, https://b.example/",
            "LISTEN_DATABASE_URL": "postgresql://direct/kds",
        }
    )
    assert (config.port, config.trust_proxy, config.batching_poll_s) == (5000, 1, 0.01)
    assert config.cors_origins == ("https://a.example", "https://b.example")
    assert config.listen_url == "postgresql://direct/kds"


@pytest.mark.parametrize(("text", "proxies"), [("0", 0), ("no", 0), ("1", 1), ("TRUE", 1), ("2", 2)])
def test_proxies_are_counted(text: str, proxies: int) -> None:
    assert Config.from_env({**GOOD, "TRUST_PROXY": text}).trust_proxy == proxies


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "-1"),
        ("PORT", "1e3"),
        ("PORT", "99999"),
        ("PORT", "8_000"),
        ("PORT", "٨٠"),
        ("POOL_SIZE", "0"),
        ("TOKEN_HOURS", "0"),
        ("TOKEN_HOURS", "2147483647"),
        ("MAX_SOCKETS", "0"),
        ("SWEEP_S", "soon"),
        ("HOST", "a..b"),
        ("METRICS_ADDRESS", "9100"),
        ("METRICS_ADDRESS", "::1:9100"),
        ("METRICS_ADDRESS", "127.0.0.1:99999"),
        ("PUBLIC_URL", "kitchen.example.com"),
        ("PUBLIC_URL", "https://kitchen.example.com/kds"),
        ("LOG_LEVEL", "\udcff"),
        ("POOL_SIZE", "99999999999"),
        ("SWEEP_S", "nan"),
        ("SWEEP_S", "0"),
        ("TRUST_PROXY", "maybe"),
        ("TRUST_PROXY", "10"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "https://a.example/path"),
        ("LISTEN_DATABASE_URL", "redis://x"),
        ("LISTEN_DATABASE_URL", "postgresql://[broken/x"),
        ("LISTEN_DATABASE_URL", "postgresql://u@h:port/x"),
    ],
)
def test_a_bad_setting_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Config.from_env({**GOOD, name: value})
    assert len(refused.value.faults) == 1 and name in refused.value.faults[0]


@pytest.mark.parametrize("secret", ["", "short", "a" * 40, "abab" * 10])
def test_a_weak_secret_is_refused_and_not_shown(secret: str) -> None:
    (fault,) = secret_faults(secret)
    assert "JWT_SECRET" in fault and (not secret or secret not in fault)


@pytest.mark.parametrize("name", ["JWT_SECRET", "JWT_SECRET_BEFORE", "TABLE_SECRET"])
def test_a_secret_of_bytes_that_are_no_text_is_named_once_and_not_shown(name: str) -> None:
    secret = os.fsdecode(b"\xff\xfe" + GOOD["JWT_SECRET"].encode())
    with pytest.raises(ConfigError) as refused:
        Config.from_env({**GOOD, name: secret})
    assert refused.value.faults == [f"{name} holds bytes that are no UTF-8"]


@pytest.mark.parametrize(
    ("hours", "is_said"), [("12", False), ("720", False), ("721", True), ("8760", True), ("x", False)]
)
def test_hours_that_no_login_lasts_are_said(hours: str, is_said: bool) -> None:
    said = notices({**GOOD, "DATABASE_URL": "postgresql://localhost/kds", "TOKEN_HOURS": hours})
    words = f"TOKEN_HOURS is {hours}, but no login lasts longer than 720 hours: that is taken"
    assert said == ([words] if is_said else [])


def test_the_page_explains_every_setting_a_deployer_needs() -> None:
    table = README.read_text(encoding="utf-8")
    known = {field.name.upper() for field in fields(Config)} | {"LOG_LEVEL"}
    rows = table.partition("| variable |")[2].partition("\n\n")[0].splitlines()
    documented = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row.split(" | ")[0])}
    assert documented <= known
    inner = {
        "BODY_LIMIT_BYTES",
        "HEARTBEAT_S",
        "SILENCE_S",
        "SWEEP_S",
        "READ_TIMEOUT_S",
        "REFRESH_GRACE_S",
        "REQUEST_STALL_S",
        "SHUTDOWN_S",
    }
    assert known - documented <= inner
