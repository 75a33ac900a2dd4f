"""The phantom patients that a protocol runs on where no cohort is given."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from data.phantom.cohort import make_cohort
from data.phantom.ranges import DEMO_SEED
from data.phantom.variants import LUMBAR, VARIANTS
from errors import BadInputError
from imaging.new_folder import write_whole
from imaging.study import SeriesKind

_RECORD = "phantom.json"
"""Which phantoms a folder holds."""


@dataclass(frozen=True)
class PhantomData:
    """``slices``: of each sagittal series. ``series``: the kinds that are made; ``label_set``: of the boxes,
    the variant's own where None."""

    patients: int
    variant: str = LUMBAR
    slices: int = 3
    seed: int = DEMO_SEED
    series: tuple[str, ...] = ("sagittal T2",)
    label_set: str | None = None

    def __post_init__(self) -> None:
        if self.variant not in VARIANTS:
            raise ValueError(f"unknown phantom {self.variant!r}; choose one of {', '.join(VARIANTS)}")
        if self.patients < 1 or self.slices < 1:
            raise ValueError(f"patients {self.patients}, slices {self.slices}; give 1 or more of each")
        unknown = set(self.series) - set(SeriesKind)
        if unknown:
            raise ValueError(f"no series {min(unknown)!r}; choose among {', '.join(SeriesKind)}")

    def make(self, folder: Path, workers: int, progress: Callable[[int], None]) -> Path:
        """The cohort, ``folder/cohort``; what is missing of it is made. ``progress`` is called with the
        patients done. Raises BadInputError where the folder holds other phantoms."""
        cohort, record = folder / "cohort", folder / _RECORD
        described = json.dumps(asdict(self), indent=1) + "\n"
        if (cohort.exists() and not record.exists()) or (record.exists() and record.read_text() != described):
            raise BadInputError(folder, "holds other phantoms than the protocol's; choose another --out")
        if not cohort.exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_whole(record, described)
            series = tuple(SeriesKind(name) for name in self.series)
            make_cohort(
                folder,
                self.patients,
                self.seed,
                self.slices,
                workers,
                progress,
                self.variant,
                series,
                self.label_set,
            )
        return cohort
