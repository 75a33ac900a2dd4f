"""The phantom patients that a protocol runs on where no cohort is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data.phantom.cohort import make_cohort
from data.phantom.ranges import DEMO_SEED
from data.phantom.variants import LUMBAR, VARIANTS
from imaging.study import SeriesKind


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
        """The cohort, ``folder/cohort``, made where it is not there yet. ``progress`` is called with the
        patients done."""
        cohort = folder / "cohort"
        if not cohort.exists():
            make_cohort(
                folder,
                self.patients,
                self.seed,
                self.slices,
                workers,
                progress,
                self.variant,
                tuple(SeriesKind(name) for name in self.series),
                self.label_set,
            )
        return cohort
