"""Points among the soft tissues, with all that those are described by."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from data.phantom.posterior import ROOF_SLOPE
from data.phantom.texture import Texture

Floats = NDArray[np.floating]
Filled = tuple[NDArray[np.integer], NDArray[np.floating]]
"""(tissue, shade) of points; the shade multiplies the proton density."""
FLAVUM = 3.4
"""Thickness of the ligamentum flavum, mm."""
DEEP_FAT_SHADE = 0.8
"""Fat around the spine is darker than under the skin."""
_ROOF_REACH = 14.0


def septa(texture: Texture, x: Floats, y: Floats, z: Floats) -> Floats:
    """What thin dark walls between its lobules, and slow changes of its brightness, leave of fat's signal."""
    wall = np.abs(texture(x, y, z, 4.0, 1)) < 0.07
    return (1 + 0.04 * texture(x, y, z, 9.0, 2)) * np.where(wall, 0.72, 1)


@dataclass(frozen=True)
class Surroundings:
    """n points in straight mm and in the canal's coordinates (see ``Coordinates``).

    ``side``: mm from the middle plane; ``under_fascia`` and ``under_skin`` follow the back's shape from
    side to side; ``canal_half_depth``, ``canal_half_width``, ``body_depth`` and ``body_half_width``:
    mm at the point's level.
    """

    x: Floats
    y: Floats
    z: Floats
    side: Floats
    level: Floats
    behind: Floats
    under_fascia: Floats
    under_skin: Floats
    canal_half_depth: Floats
    canal_half_width: Floats
    body_depth: Floats
    body_half_width: Floats

    def of(self, chosen: NDArray[np.intp]) -> "Surroundings":
        """Those of some of the points."""
        return Surroundings(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @property
    def above_roof(self) -> Floats:
        """mm behind the canal's roof, which the laminae and the ligamenta flava make: a V from above."""
        return self.behind - self.canal_half_depth + ROOF_SLOPE * np.minimum(self.side, _ROOF_REACH)

    @property
    def ahead(self) -> Floats:
        """mm in front of the vertebral bodies."""
        return -self.behind - self.canal_half_depth - self.body_depth
