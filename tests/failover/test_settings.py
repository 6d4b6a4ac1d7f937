"""The cluster of the tests is the one that sql/README.md advises."""

from __future__ import annotations

import re

import yaml  # type: ignore[import-untyped]

from kds.postgres.statements import sql_folder
from tests.failover.node import SETTINGS


def test_the_cluster_is_set_as_the_readme_says() -> None:
    (block,) = re.findall(r"(?ms)^```yaml\n(.*?)^```$", (sql_folder() / "README.md").read_text(encoding="utf-8"))
    assert yaml.safe_load(block) == SETTINGS
