"""A migration of steps: each commits by itself, an interrupted one is taken up again, and writers never wait for it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from kds.postgres.migrate.migrations import is_steps, newest_version, statements
from kds.postgres.statements import sql_folder
from tests.orders import place
from tests.patience import eventually

ROOT = Path(__file__).resolve().parents[2]
VERSION = newest_version() + 1
STEPS = f"""-- {VERSION:04d}: finds orders by their table; and what was written before.
--
-- mode: steps

CREATE TABLE IF NOT EXISTS step_of_before (table_label text PRIMARY KEY);
COMMENT ON TABLE step_of_before IS 'Made; in its own transaction.';

DO $$
DECLARE
  known text;
BEGIN
  FOR known IN SELECT DISTINCT table_label FROM orders LOOP
    INSERT INTO step_of_before VALUES (known) ON CONFLICT DO NOTHING;
    COMMIT;  -- a small part: its locks are given back
  END LOOP;
END
$$;

CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_table_idx ON orders (table_label);

INSERT INTO schema_migrations (version, name) VALUES ({VERSION}, 'find_tables');
"""
LATER = f"""-- {VERSION + 1:04d}: needs the steps before.
ALTER TABLE step_of_before ADD COLUMN seats integer;
INSERT INTO schema_migrations (version, name) VALUES ({VERSION + 1}, 'count_seats');
"""


@pytest.fixture
def next_checkout(tmp_path: Path) -> Path:
    """A version of this code with a migration of steps, and a plain one after it."""
    for name in ("kds", "sql"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    migrations = tmp_path / "sql/migrations"
    (migrations / f"{VERSION:04d}_find_tables.sql").write_text(STEPS)
    (migrations / f"{VERSION + 1:04d}_count_seats.sql").write_text(LATER)
    return tmp_path


async def start_migrate(folder: Path, dsn: str) -> asyncio.subprocess.Process:
    """A real `kds migrate` of a checkout."""
    environment = {**os.environ, "DATABASE_URL": dsn, "LISTEN_DATABASE_URL": "", "PYTHONDONTWRITEBYTECODE": "1"}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kds", "migrate", cwd=folder, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def test_steps_commit_one_by_one_and_are_taken_up_again(
    dsn: str, db: Any, branch_id: str, connect_db: Any, next_checkout: Path
) -> None:
    await place(db, branch_id, table="T7")
    slow = await connect_db()
    transaction = slow.transaction()
    await transaction.start()
    await place(slow, branch_id, table="T8")  # an index made concurrently waits for its end

    async def is_waiting() -> bool:
        return bool(await db.fetchval("SELECT EXISTS (SELECT FROM pg_index WHERE NOT indisvalid)"))

    killed = await start_migrate(next_checkout, dsn)
    await eventually(is_waiting)
    await db.execute("SET statement_timeout = '5s'")
    await place(db, branch_id, table="T9")
    assert {row[0] for row in await db.fetch("SELECT table_label FROM step_of_before")} == {"T7"}
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    await db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kds-migrate'"
        " AND datname = current_database()"
    )
    assert await is_waiting()
    assert await db.fetchval("SELECT max(version) FROM schema_migrations") == VERSION - 1
    await transaction.commit()

    again = await start_migrate(next_checkout, dsn)
    output, _ = await again.communicate()
    assert again.returncode == 0, output.decode()
    assert f"Applying {VERSION:04d}_find_tables.sql, step 4 of 5." in output.decode()
    assert not await is_waiting()
    assert await db.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_table_idx'::regclass")
    assert {row[0] for row in await db.fetch("SELECT table_label FROM step_of_before WHERE seats IS NULL")} == {
        "T7", "T8", "T9",
    }  # fmt: skip
    assert await db.fetchval("SELECT max(version) FROM schema_migrations") == VERSION + 1


def test_statements_end_where_psql_ends_them() -> None:
    text = """-- a; comment
    SELECT 'a;''b' AS "c;d"; /* e; f */ SELECT E'\\';' , $x$ ; $$ ; $x$;
    DO $$ BEGIN PERFORM 1; END $$;
    -- nothing after it;
    """
    assert [statement.split("\n")[-1].strip() for statement in statements(text)] == [
        """SELECT 'a;''b' AS "c;d\"""",
        "/* e; f */ SELECT E'\\';' , $x$ ; $$ ; $x$",
        "DO $$ BEGIN PERFORM 1; END $$",
    ]


def test_only_the_head_of_a_file_says_that_it_has_steps() -> None:
    assert is_steps(STEPS) and not is_steps(LATER)
    assert not is_steps("-- 0009: a plain one.\nSELECT 1;\n-- mode: steps\nSELECT 2;")


def test_what_must_run_by_itself_is_in_files_of_steps() -> None:
    for file in sorted((sql_folder() / "migrations").glob("*.sql")):
        text = file.read_text(encoding="utf-8")
        code = "\n".join(line.partition("--")[0] for line in text.splitlines()).upper()
        assert is_steps(text) or ("CONCURRENTLY" not in code and "VALIDATE CONSTRAINT" not in code), file.name
