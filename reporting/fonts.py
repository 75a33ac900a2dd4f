"""The font of reports: DejaVu Sans, free and part of matplotlib. It has Latin, Greek and Cyrillic letters,
but no Chinese, Japanese or Korean ones."""

from functools import lru_cache
from pathlib import Path
from unicodedata import bidirectional

import matplotlib
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

_FOLDER = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
REGULAR, BOLD = _FOLDER / "DejaVuSans.ttf", _FOLDER / "DejaVuSans-Bold.ttf"
MISSING = "□"
"""Stands for a character that the font does not have."""


def printable(text: str) -> str:
    """Text on one line, with a visible mark for each character that cannot be printed."""
    known = _known()
    return "".join(letter if letter in known else MISSING for letter in " ".join(text.split()))


@lru_cache(maxsize=8)
def drawing_font(size: int) -> ImageFont.FreeTypeFont:
    """For drawing into pictures; ``size`` in pixels."""
    return ImageFont.truetype(BOLD, size)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """What both weights can show, and what is written from left to right: the other way round is not
    supported, and a name that is read backwards is worse than none."""
    shared = FT2Font(REGULAR).get_charmap().keys() & FT2Font(BOLD).get_charmap().keys()
    letters = (chr(code) for code in shared)
    return frozenset(
        letter for letter in letters if letter.isprintable() and bidirectional(letter) not in ("R", "AL")
    )
