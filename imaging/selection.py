"""Which slices of a study are wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

from imaging.geometry import SliceGeometry, middle_slice
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
        return [
            numbered[index] for index in middle_slices([item.geometry for item in series.slices], self.middle)
        ]


def middle_slices(geometries: Sequence[SliceGeometry], number: int) -> range:
    """Indices of so many neighbours around the middle slice of a stack; of a smaller stack all."""
    middle = middle_slice(geometries)
    first = max(0, min(middle - (number - 1) // 2, len(geometries) - number))
    return range(first, min(first + number, len(geometries)))
