"""The files of kds/deploy and those that platforms force to the top: they name what is there, and agree."""

from __future__ import annotations

import configparser
import json
import re
import secrets
from importlib.metadata import version
from typing import Any

from aiohttp import ClientSession
from packaging.requirements import Requirement

from kds.config import Config, secret_faults
from tests.conftest import RunningServer
from tests.deploy.conftest import ROOT

DEPLOY = ROOT / "kds/deploy"
SETUP = configparser.ConfigParser(comment_prefixes="#")
SETUP.read_string((ROOT / "setup.cfg").read_text())
REQUIRED = [Requirement(line) for line in SETUP["options"]["install_requires"].split("\n") if line.strip()]
PIN = re.compile(r"(?m)^([\w.-]+)==([^\s;\\]+)")


def pins(name: str) -> dict[str, str]:
    """The versions that a file of requirements pins."""
    return {package.lower().replace("_", "-"): found for package, found in PIN.findall((ROOT / name).read_text())}


def test_every_dependency_is_pinned_with_its_hashes_and_the_same_for_every_platform() -> None:
    locked = pins("kds/deploy/requirements.lock")
    assert locked == pins("requirements.txt")
    text = (DEPLOY / "requirements.lock").read_text()
    for part in re.split(r"(?m)^(?=[\w.-]+==)", text)[1:]:
        assert "--hash=sha256:" in part, part
    assert len(REQUIRED) >= 8
    for requirement in REQUIRED:
        name = requirement.name.lower().replace("_", "-")
        assert requirement.specifier.contains(locked[name]), f"{requirement}: make requirements.lock anew"


def test_a_token_with_an_unknown_crit_is_refused_by_the_oldest_pyjwt_we_take() -> None:
    pyjwt = next(requirement for requirement in REQUIRED if requirement.name == "PyJWT")
    assert not pyjwt.specifier.contains("2.11.0") and pyjwt.specifier.contains(version("PyJWT"))


def test_herokus_button_sets_what_a_start_needs() -> None:
    app: dict[str, Any] = json.loads((ROOT / "app.json").read_text())
    variables = {field.upper() for field in Config.__dataclass_fields__}
    assert set(app["env"]) <= variables
    assert app["env"]["JWT_SECRET"] == {**app["env"]["JWT_SECRET"], "generator": "secret"}
    assert secret_faults(secrets.token_hex(32)) == [], "what Heroku generates is good enough"
    assert app["env"]["TRUST_PROXY"]["value"] == "1"
    assert any("postgresql" in addon for addon in app["addons"])
    assert {line.partition(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()} == {"release", "web"}


def test_compose_and_container_name_what_is_there() -> None:
    compose = (DEPLOY / "compose.yaml").read_text()
    container = (DEPLOY / "Containerfile").read_text()
    variables = {field.upper() for field in Config.__dataclass_fields__}
    assert (
        set(re.findall(r"(?m)^      ([A-Z_]+):", compose)) - {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
        <= variables
    )
    assert "dockerfile: kds/deploy/Containerfile" in compose and "requirements.lock" in container
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text().splitlines()
    for line in ignored:
        if line.startswith("!"):
            assert (ROOT / line[1:]).exists(), line
    # setup.cfg reads the README, setuptools both; kds/deploy, which is copied first, lies in kds
    assert {"!kds", "!sql", "!setup.cfg", "!pyproject.toml", "!README.md"} <= set(ignored)
    assert re.search(r"(?m)^USER \d+:\d+$", container), "never as root"


async def test_alerts_ask_for_metrics_that_are_there(server: RunningServer, http: ClientSession) -> None:
    async with http.get(f"{server.url}/healthz") as answer:
        assert answer.status == 200
    async with http.get(f"{server.url}/metrics") as answer:
        text = await answer.text()
    rules = (DEPLOY / "alerts.yml").read_text()
    asked = set(re.findall(r"\b(kds_\w+)", rules))
    assert len(asked) >= 6
    assert [name for name in asked if not re.search(rf"(?m)^{name}[ {{]", text)] == []
    labels = set(re.findall(r'kds_closes_total\{code="(\d+)"\}', rules))
    assert all(f'kds_closes_total{{code="{code}"}}' in text for code in labels)


def test_the_page_names_every_file_beside_it() -> None:
    page = (DEPLOY / "README.md").read_text()
    linked = set(re.findall(r"\]\(([^)]+)\)", page))
    there = {path.name for path in DEPLOY.iterdir()} - {"README.md", "Containerfile.dockerignore"}
    assert {link for link in linked if "/" not in link} == there
    assert "honcho start release && honcho start web" in page
