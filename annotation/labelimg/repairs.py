"""LabelImg 1.8.6 made to work on Python 3.10 and later, without an edit of the installed package.

From 3.10 on PyQt5 refuses a float where Qt wants an int, and LabelImg aborts. Each class here stands in
for one that LabelImg takes from its own module's names, and rounds.
"""

import os
from pathlib import Path
from typing import Any

import libs.canvas
from labelImg import labelImg as program
from libs.canvas import Canvas
from libs.constants import SETTING_AUTO_SAVE
from libs.labelFile import LabelFile
from libs.settings import Settings
from libs.shape import Shape
from libs.zoomWidget import ZoomWidget
from PyQt5.QtCore import QPointF, pyqtSignal
from PyQt5.QtGui import QColor, QPainter
from PyQt5.QtWidgets import QScrollArea, QScrollBar

from annotation.labelimg.class_dialog import ClassDialog
from annotation.labelimg.colours import colour_of

_GRIP = 8.0
"""How near to a corner the mouse takes hold of it, in pixels of the screen."""


class RoundingPainter(QPainter):
    """Draws the box under the mouse, the cross-hair and the names of classes."""

    def drawRect(self, *edges: Any) -> None:
        super().drawRect(*_rounded(edges))

    def drawLine(self, *ends: Any) -> None:
        super().drawLine(*_rounded(ends))

    def drawText(self, *place_and_text: Any) -> None:
        super().drawText(*_rounded(place_and_text))


class RoundingZoom(ZoomWidget):
    def setValue(self, percent: float) -> None:
        super().setValue(round(percent))


class RoundingScrollBar(QScrollBar):
    def setValue(self, value: float) -> None:
        super().setValue(round(value))


class RoundingScrollArea(QScrollArea):
    def __init__(self) -> None:
        super().__init__()
        self.setVerticalScrollBar(RoundingScrollBar())
        self.setHorizontalScrollBar(RoundingScrollBar())


class RepairedCanvas(Canvas):
    """Pans by fractions of a pixel, leaves room between the corners of a disc's box to move it by, and
    copies a box onto itself, for its second class."""

    scrollRequest = pyqtSignal(float, int)

    @property
    def epsilon(self) -> float:
        """In pixels of the image; LabelImg's 11 are half a disc."""
        return _GRIP / self.scale

    def bounded_shift_shape(self, shape: Shape) -> None:
        """A copied box stays where it is, with corners of its own: LabelImg's may share the original's."""
        shape.points = [QPointF(point) for point in shape.points]


class AtomicLabelFile(LabelFile):
    """Writes beside the file and renames: a kill while saving leaves the file as it was."""

    def save_pascal_voc_format(self, filename: str, *arguments: Any, **others: Any) -> None:
        target = Path(filename)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            super().save_pascal_voc_format(str(unfinished), *arguments, **others)
            os.replace(unfinished, target)
        finally:
            unfinished.unlink(missing_ok=True)


class SessionSettings(Settings):
    """Settings of this session alone: LabelImg keeps its own as a pickle in the home folder."""

    def __init__(self) -> None:
        super().__init__()
        self.path = ""  # neither read nor written
        self.data = {SETTING_AUTO_SAVE: True}


def repair() -> None:
    """Put the repaired classes where LabelImg looks for them."""
    libs.canvas.QPainter = RoundingPainter
    program.Canvas = RepairedCanvas
    program.ZoomWidget = RoundingZoom
    program.QScrollArea = RoundingScrollArea
    program.LabelFile = AtomicLabelFile
    program.Settings = SessionSettings
    program.LabelDialog = ClassDialog
    program.generate_color_by_text = _line_colour


def _line_colour(label: str) -> QColor:
    return QColor(*colour_of(label))


def _rounded(arguments: tuple[Any, ...]) -> list[Any]:
    return [round(value) if isinstance(value, float) else value for value in arguments]
