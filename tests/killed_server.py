"""Many readers at once, everything sent twice, the server killed meanwhile: what the store then holds."""

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mr_files import StudyFolder, sagittal
from reading_server import ReadingServer
from small_reader_study import SmallStudy, new_session, small_study
from sqlalchemy import select, update
from steadfast_readers import SteadfastReader, read_side_by_side

from reading.store import tables
from reading.store.database import Store, open_store
from reading.study.worklist import next_assignment


@dataclass(frozen=True)
class Reads:
    """``seconds``: all of it, with the restarts, of which there were ``kills``."""

    store: Store
    readers: list[SteadfastReader]
    seconds: float
    kills: int

    def check(self, planned: int) -> None:
        """That every reading is there once, as it was committed, and every draft that was answered."""
        forms = {key: form for reader in self.readers for key, form in reader.answered.forms.items()}
        ids = {key: each for reader in self.readers for key, each in reader.answered.readings.items()}
        drafts = {key: form for reader in self.readers for key, form in reader.answered.drafts.items()}
        with self.store.read() as connection:
            readings = connection.execute(select(tables.readings)).all()
            events = connection.execute(select(tables.events)).all()
            findings = connection.execute(select(tables.findings)).all()
        assert len(forms) == len(readings) == planned
        assert {row.assignment: row.form for row in readings} == forms
        assert {row.assignment: row.id for row in readings} == ids
        assert {row.revision for row in readings} == {0}
        assert {row.id: row.form for row in events if row.kind == "draft"} == drafts
        assert len([row for row in events if row.kind == "commit"]) == planned
        assert len([row for row in events if row.kind == "opened"]) == planned
        said = {(row.reading, row.level): row.verdict for row in findings}
        assert said == {
            (ids[assignment], level): call["verdict"]
            for assignment, form in forms.items()
            for level, call in form["discs"].items()
        }

    def __str__(self) -> str:
        commits = sorted(second for reader in self.readers for second in reader.answered.seconds)
        total = sum(len(reader.answered.forms) for reader in self.readers)
        failures = sum(reader.answered.failures for reader in self.readers)
        median, last = statistics.median(commits), commits[int(0.99 * len(commits))]
        return (
            f"{total} readings in {self.seconds:.0f} s, {self.kills} kills, {failures} requests unanswered; "
            f"a commit: median {1000 * median:.0f} ms, 99th percentile {1000 * last:.0f} ms"
        )


def read_with_kills(folder: Path, url: str, readers: int, cases: int, kills: int, seed: int = 8) -> Reads:
    """All readers read all cases of a study; ``kills`` times, at moments that chance chooses, the server is
    killed and begun again."""
    data = folder / "data"
    data.mkdir()
    small = small_study(data, readers=readers, cases=cases, url=url)
    give_pictures(small, data)
    chance = random.Random(seed)
    with _server(data, url) as server:
        people = _people(small, url, server.port)
        began = time.monotonic()
        threads = read_side_by_side(people)
        planned = readers * cases
        for share in sorted(chance.uniform(0.05, 0.9) for _ in range(kills)):
            while sum(len(reader.answered.forms) for reader in people) < share * planned:
                assert any(thread.is_alive() for thread in threads), server.log.read_text()
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.1))
            server.kill()
            server.start()
        for thread in threads:
            thread.join()
        return Reads(small.store, people, time.monotonic() - began, kills)


@contextmanager
def _server(data: Path, url: str) -> Iterator[ReadingServer]:
    server = ReadingServer(data, url)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _people(small: SmallStudy, url: str, port: int) -> list[SteadfastReader]:
    """With sessions of the time that the server has."""
    now = open_store(url)
    people = []
    for number, account in enumerate(small.readers):
        with now.read() as connection:
            first = next_assignment(connection, now.now(), account.id, small.id).assignment
        assert first is not None
        people.append(SteadfastReader(port, new_session(now, account), first, number))
    now.engine.dispose()
    return people


def give_pictures(small: SmallStudy, data: Path) -> None:
    """The same to all cases: what they show does not matter here."""
    StudyFolder(data / "cases" / "pictures", "p").image(sagittal(0), SeriesInstanceUID="1.2")
    with small.store.write() as connection:
        connection.execute(update(tables.cases).values(folder="pictures"))
