"""The machine that speed is measured on."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

_BUSY = 0.25
"""Of a core, on average over the last minute."""


@dataclass(frozen=True)
class Machine:
    """``load``: processes that wanted a core, on average over the minute before."""

    processor: str
    cores: int
    memory_gb: float
    system: str
    load: float

    @property
    def is_busy(self) -> bool:
        return self.load > _BUSY

    def got_busy(self, load: float) -> bool:
        """Whether other work came in during a run, by the load at its end: a run keeps all cores busy."""
        return load > self.cores + 1

    def __str__(self) -> str:
        return (
            f"{self.processor}, {self.cores} cores, {self.memory_gb:.0f} GB, {self.system}; "
            f"load at the start {self.load:.1f}"
        )


def this_machine() -> Machine:
    return Machine(
        _processor(),
        len(os.sched_getaffinity(0)),
        os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9,
        f"{platform.system()}, Python {platform.python_version()}",
        load(),
    )


def load() -> float:
    """Processes that want a core, on average over the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    """Linux names it in /proc; elsewhere the architecture must do."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
