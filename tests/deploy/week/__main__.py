"""`python -m tests.deploy.week`: what a DBA does to a deployment, on every PostgreSQL there is.

All is real: pg_dump and pg_restore, PgBouncer, nginx, a private authority, `kds migrate`, `kds serve`, `kds doctor`.
After each step orders of a guest and of a till pass through the kitchen, or a sentence says what to do; then that is
done, and they pass.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from tests.deploy.week.week import STEPS, Outcome, Step, servers, spend


def main() -> int:
    """Spends a week on each server; 1 when a kitchen did not work."""
    known = servers()
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.week", description=__doc__)
    parser.add_argument("--versions", nargs="+", choices=sorted(known), default=sorted(known), metavar="VERSION",
                        help=f"of PostgreSQL; here there are {', '.join(sorted(known))}")  # fmt: skip
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORDS",
                        help="after the first, only steps that say one of these")  # fmt: skip
    parser.add_argument("--list", action="store_true", help="print the steps and end")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{step.title}: {step.take.__doc__}" for step in STEPS))
        return 0
    began = time.monotonic()

    def report(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} {line}", file=sys.stderr, flush=True)

    steps = [step for step in STEPS if step is STEPS[0] or any(words in step.title for words in options.only)]
    weeks = {name: asyncio.run(spend(known[name], name, steps, report)) for name in options.versions}
    print(_table(steps, weeks))
    return 0 if all(outcome.works for week in weeks.values() for outcome in week) else 1


def _table(steps: list[Step], weeks: dict[str, list[Outcome]]) -> str:
    head = ["step", *(f"PostgreSQL {name}" for name in weeks)]
    rows = [[step.title, *(str(week[number]) for week in weeks.values())] for number, step in enumerate(steps)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


sys.exit(main())
