"""sql/ as a DBA reads it: one order everywhere, files of one idea, and a schema that knows its migrations."""

from __future__ import annotations

import re

import pytest

from kds.postgres.migrate.migrations import migrations
from kds.postgres.migrate.replaced import REPLACED
from kds.postgres.migrate.tables_in_use import LOCKED
from kds.postgres.migrate.triggers import expected_triggers
from kds.postgres.statements import sql_folder

LONG = {"schema.sql", "numbers.sql"}
"""Over 300 lines; the first line of each says why."""


def read(name: str) -> str:
    """A file of sql/."""
    return (sql_folder() / name).read_text(encoding="utf-8")


def test_every_file_is_applied_and_none_is_told_that_is_gone() -> None:
    there = {file.name for file in sql_folder().glob("*.sql")}
    assert there == {"schema.sql", *REPLACED}
    told = re.findall(r"`(\w+\.sql)`", read("README.md").partition("## Reading order")[2].partition("\n## ")[0])
    assert list(dict.fromkeys(told)) == ["schema.sql", *REPLACED]


def test_psql_takes_the_files_in_the_order_of_kds_migrate() -> None:
    (by_hand,) = re.findall(r"psql -f: (.*?)\. `kds migrate`", read("schema.sql"), re.DOTALL)
    assert re.findall(r"\w+\.sql", by_hand) == ["schema.sql", *REPLACED]


@pytest.mark.parametrize("name", REPLACED)
def test_a_file_comes_after_what_it_names(name: str) -> None:
    (before,) = re.findall(r"^-- By hand: after (\w+\.sql)\.", read(name), re.MULTILINE)
    assert before in ("schema.sql", *REPLACED[: REPLACED.index(name)])


def test_few_files_are_long() -> None:
    assert {file.name for file in sql_folder().glob("*.sql") if len(read(file.name).splitlines()) > 300} == LONG


def test_the_schema_knows_every_migration() -> None:
    noted = read("schema.sql").rpartition("INSERT INTO schema_migrations")[2]
    assert [int(version) for version in re.findall(r"\((\d+), '", noted)] == sorted(migrations())


def test_a_migration_waits_for_every_table_on_which_a_trigger_hangs() -> None:
    """A trigger needs its table alone: who waits for one that was left out has all the others meanwhile."""
    assert sorted(LOCKED) == sorted({table for table, _ in expected_triggers()[0]})
    taken = {table for name in REPLACED for call in re.findall(r"^SELECT take_tables\((.*)\)", read(name), re.MULTILINE)
             for table in re.findall(r"\w+", call)}  # fmt: skip
    assert taken <= set(LOCKED)
