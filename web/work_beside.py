"""The worker beside the server: its child, begun with it, begun again where it dies, ended with it."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from reading.jobs.worker import DATABASE_VARIABLE
from web.service import Service, service

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
"""Seconds until a worker that died is begun again; twice as long each time."""
_WELL_SECONDS = 60.0
"""A worker that lived so long had begun well."""
_END_SECONDS = 10.0
"""It has so long to put its job back."""


@asynccontextmanager
async def work_beside(app: Any) -> AsyncIterator[None]:
    """The lifespan of the app (``st.App``)."""
    keeper = asyncio.create_task(_keep_working(service()))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep_working(service: Service) -> None:
    wait = _FIRST_WAIT
    while True:
        process, began = await _begin(service), time.monotonic()
        try:
            await process.wait()
        except asyncio.CancelledError:
            await _end(process)
            raise
        wait = _FIRST_WAIT if time.monotonic() - began > _WELL_SECONDS else min(2 * wait, _LONGEST_WAIT)
        await asyncio.sleep(wait)


async def _begin(service: Service) -> Process:
    url = service.store.engine.url.render_as_string(hide_password=False)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "reading.jobs.worker"),
        *("--data", str(service.data), "--parent", str(os.getpid())),
        env={**os.environ, DATABASE_VARIABLE: url},
        stdin=asyncio.subprocess.DEVNULL,
    )


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
