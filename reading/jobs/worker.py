"""The process that does jobs: ``python -m reading.jobs.worker --data FOLDER``.

It does one job at a time, ends well on SIGTERM (its job is put back), and by itself when the process that it
works for is gone. Several may work on one database.
"""

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from errors import BadInputError
from reading.cases.cases import remove_stale
from reading.cases.examination import CaseRefused
from reading.jobs.queue import Job, LostJobError, claim, finish, put_back, seen
from reading.jobs.work import Work, do
from reading.open.open_readings import remove_orphans
from reading.store.database import Store, open_store
from reading.study.studies import StudyRefused

DATABASE_VARIABLE = "DISCERN_DATABASE"
"""In the environment, because a URL may hold a password and arguments can be seen by all."""
_BEAT_SECONDS, _PAUSE_SECONDS, _LOOK_SECONDS = 5.0, 0.5, 1.0
_log = logging.getLogger(__name__)


def do_next(store: Store, data: Path, worker: str) -> bool:
    """Do the next job, whatever comes of it; False where there is none."""
    job = claim(store, worker)
    if job is None:
        return False
    with suppress(LostJobError), _signs_of_life(store, job, worker):
        try:
            problem = do(Work(store, data, job, worker))
        except (CaseRefused, StudyRefused, BadInputError) as error:
            finish(store, job.id, worker, str(error), failed=True)
        except LostJobError:
            raise
        except Exception:
            _log.exception("a job failed: %s", job.kind)
            put_back(store, job.id, worker, counts=True)
        except BaseException:  # the worker is to end
            put_back(store, job.id, worker, counts=False)
            raise
        else:
            finish(store, job.id, worker, problem)
    return True


@contextmanager
def _signs_of_life(store: Store, job: Job, worker: str) -> Iterator[None]:
    """Every few seconds, from a thread of their own."""
    ended = Event()

    def beat() -> None:
        while not ended.wait(_BEAT_SECONDS):
            try:
                seen(store, job.id, worker)
            except LostJobError:
                return
            except SQLAlchemyError:
                _log.warning("a sign of life could not be written")

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _end(signal_number: int, frame: FrameType | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    sys.exit()


def _watch(parent: int) -> None:
    """End when the process that this one works for is gone: it then has another parent."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    parser = argparse.ArgumentParser(description="Do the jobs of a server.")
    parser.add_argument("--data", type=Path, required=True, help="the server's data folder")
    parser.add_argument(
        "--database", default=os.environ.get(DATABASE_VARIABLE), help=f"its URL; else of {DATABASE_VARIABLE}"
    )
    parser.add_argument("--parent", type=int, help="the id of the process to work for")
    options = parser.parse_args()
    if not options.database:
        parser.error(f"no database; give --database or set {DATABASE_VARIABLE}")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    if options.parent is not None:
        Thread(target=_watch, args=(options.parent,), daemon=True).start()
    store, worker = open_store(options.database), str(uuid4())
    remove_stale(options.data)
    remove_orphans(store, options.data)
    while True:
        if not do_next(store, options.data, worker):
            time.sleep(_PAUSE_SECONDS)


if __name__ == "__main__":
    main()
