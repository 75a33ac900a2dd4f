"""The record of an annotator's saves, for ``discern progress``: one JSON line a save in ``log.jsonl``."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

LONGEST_PAUSE = 120.0
"""Seconds without input after which the annotator has gone; longer pauses count nothing."""


@dataclass(frozen=True)
class Save:
    """One save of an image.

    ``saved`` is the ISO time with its UTC offset; ``seconds`` the active time since the image was opened
    or last saved, so that the seconds of all its saves add up; ``prelabelled`` says whether it was
    opened with a machine's boxes.
    """

    image: str
    saved: str
    seconds: float
    boxes: int
    prelabelled: bool


def append_save(folder: Path, image: str, seconds: float, boxes: int, prelabelled: bool) -> None:
    """Add a line to the record in an annotator's folder."""
    saved = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps(asdict(Save(image, saved, round(seconds, 1), boxes, prelabelled)))
    record = os.open(folder / "log.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(record, f"{line}\n".encode())
    finally:
        os.close(record)


class ActiveTime:
    """Seconds of work: the time between two inputs, unless it is longer than a pause."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.start()

    def start(self) -> None:
        """Count from zero, from now on."""
        self.seconds = 0.0
        self._last = self._clock()

    def touch(self) -> None:
        """Take note of an input."""
        now = self._clock()
        if now - self._last <= LONGEST_PAUSE:
            self.seconds += now - self._last
        self._last = now
