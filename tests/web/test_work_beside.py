"""The worker beside the server."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from reading.jobs.queue import ask, job
from web import service as services
from web import work_beside as beside
from web.service import DATA_VARIABLE, DATABASE_VARIABLE, service
from web.work_beside import work_beside

_PATIENCE_SECONDS = 60.0


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of a server."""
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    monkeypatch.setattr(beside, "_FIRST_WAIT", 0.1)
    services.service.cache_clear()
    yield
    services.service.cache_clear()


def workers() -> list[int]:
    """The children of this process that do jobs."""
    found = []
    for tasks in Path("/proc/self/task").iterdir():
        for child in (tasks / "children").read_text().split():
            with suppress(OSError):
                if b"reading.jobs.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found


async def wait_for(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not is_so():
            await asyncio.sleep(0.05)


def ended(asked: str) -> bool:
    found = job(service().store, asked)
    return found is not None and found.ended


@pytest.mark.usefixtures("served")
def test_a_worker_begins_and_ends_with_the_server_and_is_begun_again() -> None:
    async def serve() -> None:
        async with work_beside(None):
            first = ask(service().store, "read case", {"case": "absent"}, None)
            await wait_for(lambda: ended(first))
            (worker,) = workers()
            os.kill(worker, signal.SIGKILL)
            second = ask(service().store, "read case", {"case": "absent"}, None)
            await wait_for(lambda: ended(second))
            assert workers() not in ([], [worker])

    # Beside a loop that another test may have left running in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, serve()).result()
    assert workers() == []
