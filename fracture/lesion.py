"""The abnormal vertebra of a study, with its six pictures, as the classifier takes it."""

from dataclasses import dataclass, field

from annotation.boxes import Edges
from imaging.windowing import Pixels


@dataclass(frozen=True)
class Lesion:
    """``pixels``: the pictures (rows, columns) of ``registration.CHANNELS``, all on the pixels of the T2
    lesion slice, and what each is called (``pictures``). ``edges``: xmin, ymin, xmax, ymax of the abnormal
    vertebra in these pixels. ``marked_by``: who said where it is, such as "a box". ``warnings``: what is odd
    about the study and was accepted."""

    study: str
    pictures: tuple[str, ...]
    pixels: tuple[Pixels, ...] = field(repr=False)
    edges: Edges
    marked_by: str
    warnings: tuple[str, ...] = ()
