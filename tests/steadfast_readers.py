"""Readers who read all their cases over HTTP, and send everything twice, until each copy is answered."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any
from uuid import uuid4

from annotation.labels import DIAGNOSES
from reading.store.form import DiscCall, ReadingForm
from web.access import SESSION_COOKIE

_PATIENCE_SECONDS = 300
Json = dict[str, Any]


@dataclass
class Answered:
    """What the server said was stored, of one reader. ``forms``: as committed, by assignment; ``readings``:
    their ids; ``drafts``: the forms by the events' ids; ``seconds``: how long each commit took that was
    answered at the first attempt; ``failures``: requests that were not answered."""

    forms: dict[str, Json] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, Json] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    failures: int = 0


class SteadfastReader:
    """``token``: of a session; ``first``: the first assignment; ``seed``: what is read how, and when copies
    are sent at the same moment."""

    def __init__(self, port: int, token: str, first: str, seed: int) -> None:
        self._random = random.Random(seed)
        self._wires = [_Wire(port, token), _Wire(port, token)]
        self._next: str | None = first
        self.answered = Answered()

    def read_all(self) -> None:
        while self._next is not None:
            self._next = self._read(self._next)

    def _read(self, assignment: str) -> str | None:
        """Open a case, change the draft, look away, commit; the next assignment."""
        address = f"/api/assignments/{assignment}"
        page, clock = self._page(address), _Clock(self._random)
        assert not page["committed"] and page["draft"] is None
        self._send(address, "events", page, clock, kind="opened", form=None)
        for _ in range(self._random.randint(1, 2)):
            form = self._form(page)
            self._send(address, "events", page, clock, kind="draft", form=form)
        if self._random.random() < 0.2:
            page = self._page(address)
            assert page["draft"]["form"] == form and page["draft"]["sequence"] == clock.sequence
        form = self._form(page)
        first, again = self._send(address, "commit", page, clock, form=form)
        assert first["reading"] == again["reading"]
        self.answered.forms[assignment], self.answered.readings[assignment] = form, first["reading"]
        following: str | None = first["next"]
        return following

    def _page(self, address: str) -> Json:
        while True:
            self._wires[0].request("GET", address)
            page = self._wires[0].answer(self.answered)
            if page is not None:
                return page

    def _send(
        self, address: str, path: str, page: Json, clock: "_Clock", **content: Any
    ) -> tuple[Json, Json]:
        """Two copies, each until it is answered; sometimes at the same moment."""
        message = {"id": str(uuid4()), "ticket": page["ticket"], **clock.tick(), **content}
        body = json.dumps(message)
        together = self._random.random() < 0.5
        copies: list[Json | None] = [None, None]
        began, attempts = time.perf_counter(), 0
        while None in copies:
            attempts += 1
            waiting = [number for number, copy in enumerate(copies) if copy is None]
            for number in waiting if together else waiting[:1]:
                self._wires[number].request("POST", f"{address}/{path}", body)
            for number in waiting if together else waiting[:1]:
                copies[number] = self._wires[number].answer(self.answered)
                if path == "commit" and attempts == 1 and number == 0 and copies[0] is not None:
                    self.answered.seconds.append(time.perf_counter() - began)
        if content.get("kind") == "draft":
            self.answered.drafts[message["id"]] = content["form"]
        first, again = copies
        assert first is not None and again is not None
        return first, again

    def _form(self, page: Json) -> Json:
        """A full one, unlike any other."""
        calls = {
            level: DiscCall(
                self._random.choice(DIAGNOSES),
                slip=False,
                slip_grade=0,
                lesion_likelihood=self._random.randint(1, 5),
                slip_likelihood=1,
            )
            for level in page["questions"]["levels"]
        }
        return ReadingForm(calls, str(uuid4())).as_json()


class _Clock:
    """A page's: what it sends gets a number and times."""

    def __init__(self, chance: random.Random) -> None:
        self._random = chance
        self.sequence, self._active = 0, 0

    def tick(self) -> Json:
        self.sequence += 1
        self._active += self._random.randint(100, 5000)
        return {"sequence": self.sequence, "active_ms": self._active, "idle_ms": 0, "client_ms": 1.5}


class _Wire:
    """A connection that is made anew whenever it breaks."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookie = f"{SESSION_COOKIE}={token}"
        self._last_answer = time.monotonic()

    def request(self, method: str, address: str, body: str = "") -> None:
        headers = {"Cookie": self._cookie, "Content-Type": "application/json"}
        with self._breaking():
            self._connection.request(method, address, body or None, headers)

    def answer(self, answered: Answered) -> Json | None:
        """None where there is none, or the server failed; any refusal is a fault."""
        with self._breaking():
            response = self._connection.getresponse()
            content: Json = json.loads(response.read())
            if response.status < 500:
                assert response.status == 200, content
                self._last_answer = time.monotonic()
                return content
        answered.failures += 1
        assert time.monotonic() - self._last_answer < _PATIENCE_SECONDS, "no answer any more"
        time.sleep(0.2)
        return None

    @contextmanager
    def _breaking(self) -> Iterator[None]:
        try:
            yield
        except (OSError, HTTPException, ValueError):
            self._connection.close()


def read_side_by_side(readers: list[SteadfastReader]) -> list[threading.Thread]:
    """Everybody begins; each thread ends when its reader has read everything."""
    threads = [threading.Thread(target=reader.read_all, daemon=True) for reader in readers]
    for thread in threads:
        thread.start()
    return threads
