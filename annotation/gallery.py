"""A gallery: one HTML page of places in images that someone should look at, with who says what there.

It needs no network: the pictures are in it, as small crops around each place.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from errors import BadInputError
from imaging.new_folder import write_whole
from imaging.pictures import read_picture
from imaging.windowing import Pixels, Window, apply_window

Edges = tuple[float, float, float, float]
"""(xmin, ymin, xmax, ymax) in pixels."""

COLOURS = ("#e69f00", "#56b4e9", "#00c08b", "#f0e442", "#ff7d45", "#d98cc0")
"""Of those who say something, by their place in the legend (after Okabe and Ito, Color Universal Design,
2008; brighter where a gray picture asks for it)."""

_SHOWN_WIDTH = 420  # pixels of a crop in the page
_CONTEXT = 2.6  # sides of what is shown
_LEAST_SHARE = 0.3  # of the image's longer side
_MAP_WIDTH = 220
_WINDOW = Window(low=0.5, high=98)  # of what is shown: fat beside the spine must not darken it


@dataclass(frozen=True)
class Opinion:
    """What one of the readers (or a model) ``says`` at a place; ``edges`` in pixels, None without a box."""

    who: str
    says: str
    edges: Edges | None = None


@dataclass(frozen=True)
class Card:
    """One place of an image to look at: of what ``kind`` it is, a sentence, and the opinions on it, of
    which at least one has a box. ``patient`` is a pseudonym."""

    image: Path
    patient: str
    kind: str
    sentence: str
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True)
class _Picture:
    """A part of an image, (left, top, width, height) in its pixels, and its JPEG as a data URL."""

    left: float
    top: float
    width: float
    height: float
    url: str


@dataclass(frozen=True)
class _ShownCard:
    number: int
    card: Card
    picture: _Picture
    place: Edges


@dataclass(frozen=True)
class _Group:
    """An image with its cards, and the whole of it as a map to find them on."""

    name: str
    patient: str
    map: _Picture
    cards: list[_ShownCard]


def write_gallery(path: Path, title: str, lead: str, who: Sequence[str], cards: Sequence[Card]) -> None:
    """Write the page, whole or not at all: the cards in their order, those of one image together at its
    first. ``who`` are all who say something, in the order of the legend.

    Raises BadInputError where an image cannot be read or the page not be written.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(who)}
    page = environment.get_template("gallery.html").render(
        title=title, lead=lead, colours=colours, groups=_groups(cards)
    )
    try:
        write_whole(path, page)
    except OSError as error:
        raise BadInputError(path, f"cannot be written ({error.strerror}); check the folder") from None


def _groups(cards: Sequence[Card]) -> list[_Group]:
    by_image: dict[Path, list[tuple[int, Card]]] = {}
    for number, card in enumerate(cards, 1):
        by_image.setdefault(card.image, []).append((number, card))
    groups = []
    for image, numbered in by_image.items():
        pixels = read_picture(image)
        shown = [
            _ShownCard(number, card, _picture(pixels, _around(place, pixels), _SHOWN_WIDTH), place)
            for number, card in numbered
            for place in [_place(card)]
        ]
        height, width = pixels.shape
        whole = _picture(pixels, (0, 0, width, height), _MAP_WIDTH)
        groups.append(_Group(image.name, numbered[0][1].patient, whole, shown))
    return groups


def _place(card: Card) -> Edges:
    """The edges around all boxes of a card."""
    edges = np.array([opinion.edges for opinion in card.opinions if opinion.edges])
    xmin, ymin = edges[:, :2].min(axis=0).tolist()
    xmax, ymax = edges[:, 2:].max(axis=0).tolist()
    return xmin, ymin, xmax, ymax


def _around(place: Edges, pixels: Pixels) -> tuple[int, int, int, int]:
    """A square around a place with some context, as far as the image reaches: edges in whole pixels."""
    xmin, ymin, xmax, ymax = place
    height, width = pixels.shape
    side = max(_CONTEXT * max(xmax - xmin, ymax - ymin), _LEAST_SHARE * max(height, width))
    side = round(min(side, height, width))
    left = min(max(round((xmin + xmax - side) / 2), 0), width - side)
    top = min(max(round((ymin + ymax - side) / 2), 0), height - side)
    return left, top, left + side, top + side


def _picture(pixels: Pixels, edges: tuple[int, int, int, int], width: int) -> _Picture:
    """A part of an image as a JPEG that is ``width`` pixels wide."""
    left, top, right, bottom = edges
    part = apply_window(pixels[top:bottom, left:right], _WINDOW)
    size = (width, max(1, round(width * part.shape[0] / part.shape[1])))
    scaled = np.clip(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), 0, 1)
    _, jpeg = cv2.imencode(".jpg", np.round(scaled * 255), [cv2.IMWRITE_JPEG_QUALITY, 80])
    url = f"data:image/jpeg;base64,{b64encode(jpeg.tobytes()).decode()}"
    return _Picture(left, top, right - left, bottom - top, url)
