"""What can be wrong with annotation files: every kind with its severity and its remedy."""

from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path
from typing import Literal

from errors import BadInputError

Severity = Literal["error", "warning", "hint"]
"""An error keeps a file out of training, a warning changes what is learnt, a hint is worth a look."""


@unique
class Kind(Enum):
    """Every kind of problem: severity, what to do, and whether ``check --fix`` does it.

    docs/checking.md explains them one by one.
    """

    severity: Severity
    remedy: str
    fixable: bool

    def __init__(self, severity: Severity, remedy: str, fixable: bool = False) -> None:
        self.severity = severity
        self.remedy = remedy
        self.fixable = fixable

    # the file
    UNREADABLE = "error", "check that the file is there and may be read"
    NOT_XML = "error", "annotate the image again in LabelImg, or restore the file from a backup"
    DTD = "error", "remove the DOCTYPE and every entity that it declares"
    WRONG_ROOT = "error", "export the annotations as Pascal VOC, one file an image"
    ELEMENT_REPEATED = "error", "keep one of them"
    SIZE_MISSING = "error", "put the image beside it, or write its <size>"
    SIZE_UNSTATED = "warning", "save it in LabelImg, or let --fix write the image's size", True
    FILENAME_MISSING = "warning", "let --fix write it: without <filename> LabelImg shows no box", True

    # one box
    BOX_MISSING = "error", "draw the box again in LabelImg, or delete the <object>"
    BOX_ELSEWHERE = "error", "move it into an <object> directly below <annotation>"
    NOT_A_NUMBER = "error", "write a number of pixels, with a point for the decimals"
    BOX_EMPTY = "error", "draw the box again in LabelImg: xmin < xmax and ymin < ymax"
    BOX_OUTSIDE = "error", "draw the box again on this image, or delete it"
    BOX_CLIPPED = "warning", "nothing, or let --fix write the clipped box", True
    BOX_SIZE = "warning", "look at it in LabelImg: a slip of the mouse?"
    LABEL_MISSING = "error", "give the box a class in LabelImg"
    CLASS_UNKNOWN = "error", "choose one of the label set's classes in LabelImg"
    CLASS_TYPO = "error", "let --fix write the class that is meant", True
    FLAG_ODD = "warning", "write 0 or 1: LabelImg reads no further than a <difficult> it cannot read"

    # several boxes
    DUPLICATE = "warning", "delete one, or let --fix do it", True
    NEAR_DUPLICATE = "warning", "delete one of them in LabelImg"
    TWO_DIAGNOSES = "error", "keep the diagnosis that is right: one disc has one"
    DISC_UNGRADED = "warning", "give the disc its diagnosis, or leave all discs of the image without"
    TOO_MANY_BOXES = "error", "check where the file comes from: one image shows a few dozen structures"
    NO_BOXES = "hint", "nothing, if nothing is to be seen there"

    # the image
    IMAGE_MISSING = "error", "put the image beside its file, under the same name"
    IMAGE_UNREADABLE = "error", "export the image again as PNG"
    IMAGE_ROTATED = "error", "turn its pixels, save it as PNG, and look at the boxes in LabelImg"
    IMAGE_AMBIGUOUS = "warning", "keep one image of that name"
    FILENAME_OF_ANOTHER = "warning", "check which image the boxes were drawn on, and rename the file"
    SIZE_DIFFERS = "error", "let --fix write the image's size, and look at the boxes in LabelImg", True
    IMAGE_RESIZED = "error", "restore the image that was annotated, or scale its boxes"
    DEPTH_DIFFERS = "hint", "nothing, or let --fix write it", True

    # the folder
    NOT_ANNOTATED = "warning", "annotate it in LabelImg, or move it elsewhere"
    PARTLY_ANNOTATED = "hint", "annotate the others too, or say so in images.csv (column `annotated`)"
    CLASS_ORDER = "warning", "give LabelImg this project's label set as its class file"

    @property
    def title(self) -> str:
        """The name in reports and in the documentation: ``box-clipped``."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: with the file, and where it is about a box, with which.

    ``message`` is a clause without a full stop. ``line`` counts from 1; so does ``box``, the number
    of the ``<object>`` in its file.
    """

    kind: Kind
    file: Path
    message: str
    line: int | None = None
    box: int | None = None

    @property
    def severity(self) -> Severity:
        return self.kind.severity

    def as_error(self) -> BadInputError:
        return BadInputError(self.file, f"{self.message}; {self.kind.remedy}", self.line)
