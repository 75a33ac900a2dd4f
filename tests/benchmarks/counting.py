"""A trial that takes a second and leaves one file."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from detectors.fitting import Progress


@dataclass(frozen=True)
class Counting:
    """Counts its epochs, a twentieth of a second each, and writes their sum; the number 13 fails.

    Each start of it is a line with its process in its file in ``source``. ``held``: it does not end before
    the file ``gate`` is beside that folder.
    """

    number: int
    epochs: int = 20
    threads: int = 1
    held: bool = False

    @property
    def name(self) -> str:
        return f"counting-{self.number}"

    def run(self, source: Path, folder: Path, progress: Progress) -> None:
        with (source / self.name).open("a") as starts:
            starts.write(f"{os.getpid()}\n")
        (folder / "begun.txt").write_text("half-written\n")
        for epoch in range(1, self.epochs + 1):
            time.sleep(0.05)
            progress(epoch, 1 / epoch)
        while self.held and not source.with_name("gate").exists():
            time.sleep(0.05)
        if self.number == 13:
            raise ValueError("an unlucky number")
        (folder / "sum.txt").write_text(f"{self.number * sum(range(self.epochs + 1))}\n")
