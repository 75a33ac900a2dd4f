"""Which slices of a study are wanted."""

from dataclasses import dataclass

from imaging.geometry import middle_slice
from imaging.study import Series, SeriesKind, Slice


@dataclass(frozen=True)
class Selection:
    """Series of these ``kinds``; of each sagittal one all slices, or the ``middle`` ones: so many
    neighbours around the mid-sagittal slice."""

    kinds: tuple[SeriesKind, ...] = tuple(kind for kind in SeriesKind if kind is not SeriesKind.OTHER)
    middle: int | None = None

    def of(self, series: Series) -> list[tuple[int, Slice]]:
        """The chosen slices with their numbers in the series, from 1."""
        if series.kind not in self.kinds:
            return []
        numbered = list(enumerate(series.slices, start=1))
        if self.middle is None or not series.kind.startswith("sagittal"):
            return numbered
        middle = middle_slice([item.geometry for item in series.slices])
        first = max(0, min(middle - (self.middle - 1) // 2, len(numbered) - self.middle))
        return numbered[first : first + self.middle]
