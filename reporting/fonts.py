"""The fonts of reports. DejaVu Sans, free and part of matplotlib, has Latin, Greek, Cyrillic, Hebrew and
Arabic letters; Chinese, Japanese and Korean ones come from fonts of the system, where it has them."""

from functools import lru_cache
from pathlib import Path
from unicodedata import bidirectional

import matplotlib
from matplotlib.font_manager import findSystemFonts
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

_FOLDER = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
REGULAR, BOLD = _FOLDER / "DejaVuSans.ttf", _FOLDER / "DejaVuSans-Bold.ttf"
_EAST_ASIAN = ("DroidSansFallbackFull.ttf", "NanumGothic.ttf")
"""By their files; in Debian's packages fonts-droid-fallback and fonts-nanum."""
MISSING = "□"
"""Stands for a character that no font has."""


def printable(text: str) -> str:
    """Text on one line, with a visible mark for each character that cannot be printed."""
    known = _known()
    return "".join(letter if letter in known else MISSING for letter in " ".join(text.split()))


def is_rare(text: str) -> bool:
    """Whether it has letters that the report's own font lacks, or whose words are joined or read leftwards:
    Chinese, Japanese and Korean, Hebrew and Arabic ones."""
    own = _own()
    return any(letter not in own or bidirectional(letter) in ("R", "AL") for letter in text)


@lru_cache(maxsize=8)
def drawing_font(size: int) -> ImageFont.FreeTypeFont:
    """For drawing into pictures; ``size`` in pixels."""
    return ImageFont.truetype(BOLD, size)


@lru_cache(maxsize=1)
def east_asian() -> tuple[Path, ...]:
    """The fonts of this system for what the report's own does not have; none where it has none of them."""
    found = {path.name: path for path in sorted(map(Path, findSystemFonts()))}
    return tuple(found[name] for name in _EAST_ASIAN if name in found)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return _own().union(*map(_letters, east_asian()))


@lru_cache(maxsize=1)
def _own() -> frozenset[str]:
    """In both weights."""
    return _letters(REGULAR) & _letters(BOLD)


def _letters(font: Path) -> frozenset[str]:
    return frozenset(filter(str.isprintable, map(chr, FT2Font(font).get_charmap())))
