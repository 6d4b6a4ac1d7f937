"""No test leaves a traceback at ERROR: not in this process, nor in a server or command that it started.

A client may leave in any way and a database may go away: that is a line, for nobody has to act on our code. A test that
breaks our code on purpose says so: `@pytest.mark.expects_error("why")`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.watched import sitecustomize

SHOWN = 3
OF_THE_DRIVER = "ConnectionError: unexpected connection_lost() call"
"""What is left of a connect over TCP that is cancelled as it is made: a future of asyncpg's, which nobody can await."""
FOLDER_OF_THE_RUN = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Watches this process and, by the environment, those it starts: such as xdist's workers, which run this too."""
    config.addinivalue_line("markers", "expects_error(why): this test causes a traceback at ERROR on purpose")
    folder = Path(tempfile.mkdtemp(prefix="kds-tracebacks-"))
    folder.chmod(0o1777)  # some run as another user
    config.stash[FOLDER_OF_THE_RUN] = folder
    if sitecustomize.FOLDER not in os.environ:
        paths = [str(Path(sitecustomize.__file__).parent), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        sitecustomize.watch()
    os.environ[sitecustomize.FOLDER] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leaves no folder behind."""
    shutil.rmtree(config.stash[FOLDER_OF_THE_RUN], ignore_errors=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """After a test and the end of all that it started."""
    yield
    found = take_tracebacks(item.config.stash[FOLDER_OF_THE_RUN])
    if found and item.get_closest_marker("expects_error") is None:
        shown = "\n".join(found[:SHOWN])
        pytest.fail(f"{len(found)} tracebacks at ERROR, the first of them:\n\n{shown}", pytrace=False)


def take_tracebacks(folder: Path) -> list[str]:
    """Those that were written down since, in their order."""
    texts = []
    for path in sorted(folder.iterdir()):
        texts.append(path.read_text(encoding="utf-8"))
        path.unlink()
    return [text for text in texts if not text.rstrip().endswith(OF_THE_DRIVER)]
