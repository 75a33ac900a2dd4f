"""All that a run of speed goals has found so far."""

import json
import traceback
from dataclasses import asdict, dataclass, field

from benchmarks.speed.goal import NotMeasurableError, Outcome
from benchmarks.speed.machine import Machine, load


@dataclass
class Report:
    """``not_measured``: the reasons, by goal; ``failed``: what went wrong, by goal, with where it did;
    ``last_load``: of the machine, after the last goal."""

    machine: Machine
    scale: float
    outcomes: list[Outcome] = field(default_factory=list)
    not_measured: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    last_load: float | None = None

    def add(self, name: str, found: list[Outcome] | Exception) -> str | None:
        """Take what ``goals.measure`` gives of a goal. Where that is no outcomes: what is to be told now."""
        self.last_load = load()
        if isinstance(found, NotMeasurableError):
            self.not_measured[name] = str(found)
            return f"{name} was not measured: {found}"
        if isinstance(found, Exception):
            self.failed[name] = "".join(traceback.format_exception(found))
            first, *_ = str(found).splitlines() or [""]
            return f"{name} failed ({type(found).__name__}: {first})"
        self.outcomes += found
        return None

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"
