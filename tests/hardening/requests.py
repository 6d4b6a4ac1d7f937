"""Thousands of made-up requests from /openapi.json, by schemathesis, with tokens of every role and orders that exist.

`python -m tests.hardening requests --seconds 60` for as long as is wished.

The document is taken from the running server; ids of the demo restaurant are written into it, so that orders are
placed, and what they return is used in the requests that link to them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.hardening.target import JWT_SECRET, target
from tests.screen import token_for

CHECKS = "all"
# A body that fits the types may still name a sold-out dish (422) or be over a limit (429), and the database may be busy
# (503, which the document tells where it is meant).
CONFIG = """
base-url = {url}
continue-on-failure = true
request-timeout = 10.0
suppress-health-check = ["all"]

[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422", "426", "429", "503"]
negative_data_rejection.expected-statuses = ["4xx", "503"]
not_a_server_error.expected-statuses = ["101", "2xx", "3xx", "4xx", "503"]

[auth.openapi]
"""


def add_parser(subparsers: Any) -> None:
    """Adds `requests`."""
    parser = subparsers.add_parser("requests", help="thousands of made-up requests", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(run=run)


async def run(options: argparse.Namespace) -> int:
    """Prints the report of schemathesis and what the server's log must not hold; 1 when there is anything of it."""
    async with target() as attacked, ClientSession() as http:
        flags = ("--seed", str(options.seed), "--max-time", str(options.seconds))
        code, report = await drive(http, attacked.url, JWT_SECRET, attacked.branch_id, attacked.folder, *flags)
        faults = faults_of_log(attacked.log.read_text())
    print(report)
    for line in faults:
        print("LOG:", line)
    return 1 if code or faults else 0


async def drive(
    http: ClientSession, url: str, secret: str, branch_id: str, folder: Path, *flags: str
) -> tuple[int, str]:
    """Runs schemathesis against a server; its exit code and report."""
    async with http.get(f"{url}/openapi.json") as answer:
        document = await answer.json()
    async with http.get(f"{url}/public/branches/{branch_id}/menu") as answer:
        dishes = [item["menuItemId"] for item in (await answer.json())["items"] if item["available"]]
    async with http.post(f"{url}/staff/login", json={"username": "chef", "password": "chef-demo"}) as answer:
        chef = (await answer.json())["token"]
    use_ids(document, branch_id, dishes)
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "schemathesis.toml").write_text(
        CONFIG.format(url=json.dumps(url)) + logins(document, secret, branch_id, chef), encoding="utf-8"
    )
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(folder / "schemathesis.toml"),
        "run", str(folder / "openapi.json"), "--checks", CHECKS, "--no-color", *flags,
        cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


def use_ids(document: dict[str, Any], branch_id: str, dishes: list[str]) -> None:
    """Lets made-up requests name the branch and its dishes, most of the time."""
    schemas = document["components"]["schemas"]
    schemas["PlaceOrder"]["properties"]["branchId"] = {"enum": [branch_id]}
    schemas["PlaceOrder"]["properties"] |= {"tableToken": {"enum": [None]}, "expectedTotalCents": {"enum": [None]}}
    schemas["OrderLine"]["properties"] |= {"menuItemId": {"enum": dishes}, "modifiers": {"enum": [None, []]}}
    for operation in (each for operations in document["paths"].values() for each in operations.values()):
        for parameter in operation["parameters"]:
            if (parameter["name"], parameter["in"]) == ("branch", "query"):
                parameter["schema"] = {"enum": [branch_id]}
    for path, operations in document["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            if parameter["name"] == "branchId" and path.startswith("/public/"):
                parameter["schema"] = {"enum": [branch_id]}
    document["paths"]["/static/{path}"]["get"]["parameters"][0]["schema"] = {"type": "string", "maxLength": 200}


def logins(document: dict[str, Any], secret: str, branch_id: str, chef: str) -> str:
    """A token of the right role for every security scheme, as lines of TOML."""
    lines: list[str] = []
    for name, scheme in document["components"]["securitySchemes"].items():
        role = name.removesuffix("Login").removesuffix("Socket").upper()
        token = chef if role == "ANY" else token_for(secret, branch_id, role=role)
        lines.append(f'{name} = {{ {"bearer" if scheme["type"] == "http" else "api_key"} = "{token}" }}')
    return "\n".join(lines) + "\n"


def faults_of_log(text: str) -> list[str]:
    """The lines of a server's log that must not be there: a traceback, a 5xx that was not meant, a token."""
    bad = re.compile(r"Traceback|status=5(?!03)|request failed|\beyJ|relay fault|batching fault| ERROR ")
    return [line[:300] for line in text.splitlines() if bad.search(line)]
