"""The table of jobs, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from small_reader_study import Clock

from reading.jobs.queue import (
    ATTEMPTS,
    PATIENCE,
    LostJobError,
    ask,
    claim,
    finish,
    job,
    put_back,
    seen,
)
from reading.store.database import Store, open_store


@dataclass(frozen=True)
class Queue:
    store: Store
    clock: Clock


@pytest.fixture
def queue(database_url: str) -> Iterator[Queue]:
    clock = Clock()
    store = open_store(database_url, clock)
    yield Queue(store, clock)
    store.engine.dispose()


def test_a_job_is_asked_for_and_done(queue: Queue) -> None:
    asked = ask(queue.store, "read case", {"case": "x"}, None)
    waiting = job(queue.store, asked)
    assert waiting is not None and waiting.state == "waiting" and not waiting.ended
    claimed = claim(queue.store, "one")
    assert claimed is not None and (claimed.id, claimed.subject) == (asked, {"case": "x"})
    seen(queue.store, asked, "one", "half way")
    running = job(queue.store, asked)
    assert running is not None and (running.state, running.stage) == ("running", "half way")
    finish(queue.store, asked, "one", "one was left out")
    done = job(queue.store, asked)
    assert done is not None and done.ended and (done.state, done.problem) == ("done", "one was left out")
    assert done.finished_at == queue.clock()
    assert job(queue.store, "absent") is None


def test_what_waits_longest_is_done_first(queue: Queue) -> None:
    asked = []
    for _ in range(3):
        asked.append(ask(queue.store, "read case", {}, None))
        queue.clock.go_on(seconds=1)
    assert [claimed.id for _ in asked if (claimed := claim(queue.store, "one"))] == asked
    assert claim(queue.store, "one") is None


def test_no_two_workers_get_the_same_job(queue: Queue) -> None:
    asked = {ask(queue.store, "read case", {}, None) for _ in range(40)}

    def work(number: int) -> list[str]:
        mine = []
        while claimed := claim(queue.store, f"worker {number}"):
            mine.append(claimed.id)
        return mine

    with ThreadPoolExecutor(4) as pool:
        got = [claimed for mine in pool.map(work, range(4)) for claimed in mine]
    assert len(got) == len(asked) and set(got) == asked


def test_a_job_of_a_dead_worker_is_taken_up_again(queue: Queue) -> None:
    asked = ask(queue.store, "read case", {}, None)
    claim(queue.store, "dead")
    queue.clock.go_on(seconds=PATIENCE.seconds - 1)
    assert claim(queue.store, "next") is None
    seen(queue.store, asked, "dead")
    queue.clock.go_on(seconds=PATIENCE.seconds - 1)
    assert claim(queue.store, "next") is None, "it has shown signs of life"
    queue.clock.go_on(seconds=2)
    again = claim(queue.store, "next")
    assert again is not None and (again.id, again.attempts) == (asked, 2)
    for late in (lambda: seen(queue.store, asked, "dead"), lambda: finish(queue.store, asked, "dead")):
        with pytest.raises(LostJobError):
            late()
    finish(queue.store, asked, "next")
    with pytest.raises(LostJobError):
        finish(queue.store, asked, "next")


def test_what_kills_every_worker_fails_in_the_end(queue: Queue) -> None:
    asked = ask(queue.store, "read case", {}, None)
    for _ in range(ATTEMPTS):
        assert claim(queue.store, "unlucky") is not None
        queue.clock.go_on(minutes=1)
    assert claim(queue.store, "unlucky") is None
    failed = job(queue.store, asked)
    assert failed is not None and failed.state == "failed" and "three times" in failed.problem


def test_a_job_put_back_by_a_worker_that_ends_costs_no_attempt(queue: Queue) -> None:
    asked = ask(queue.store, "read case", {}, None)
    for _ in range(ATTEMPTS + 2):
        assert claim(queue.store, "one") is not None
        put_back(queue.store, asked, "one", counts=False)
    claimed = claim(queue.store, "one")
    assert claimed is not None and claimed.attempts == 1
