"""The gallery page, and which disagreements come on it, worst first."""

import base64
import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from voc_files import write_image

from annotation.boxes import Box
from annotation.disagreements import disagreement_cards
from annotation.gallery import COLOURS, Card, Opinion, write_gallery
from annotation.matching import structures
from annotation.opinions import Opinions, Readings
from errors import BadInputError


def page(folder: Path, *cards: Card, who: tuple[str, ...] = ("anna", "ben")) -> str:
    write_gallery(folder / "page.html", "Title", "Lead", who, cards)
    return (folder / "page.html").read_text(encoding="utf-8")


def card(image: Path, sentence: str = "Look.", edges: tuple[float, ...] = (100, 100, 160, 120)) -> Card:
    opinions = (Opinion("anna", "bulge", edges), Opinion("ben", "not drawn"))  # type: ignore[arg-type]
    return Card(image, "P1", "disc not drawn", sentence, opinions)


def jpegs(html: str) -> list[Image.Image]:
    found = re.findall(r"data:image/jpeg;base64,([\w+/=]+)", html)
    return [Image.open(BytesIO(base64.b64decode(one))) for one in found]


# --- the page


def test_the_page_holds_its_pictures_and_reaches_for_nothing(tmp_path: Path) -> None:
    html = page(tmp_path, card(write_image(tmp_path / "a.png")))
    assert not re.findall(r"""(?:href|src)=["'](?!data:)|url\(|https?://|<script""", html)
    whole, crop = jpegs(html)
    assert whole.width < whole.height
    assert crop.width == crop.height
    assert len(html) < 100_000


def test_the_page_is_well_formed_and_says_everything(tmp_path: Path) -> None:
    html = page(tmp_path, card(write_image(tmp_path / "a.png"), "Readers <differ> & more."))
    body = html.partition("<body>")[2].partition("</body>")[0]
    text = " ".join("".join(ElementTree.fromstring(f"<div>{body}</div>").itertext()).split())
    for said in ("Readers <differ> & more.", "anna: bulge", "ben: not drawn", "a.png patient P1"):
        assert said in text


def test_readers_keep_their_colours(tmp_path: Path) -> None:
    image = write_image(tmp_path / "a.png")
    for who in (("anna", "ben"), ("anna", "ben", "carla")):
        html = page(tmp_path, card(image), who=who)
        legend = html.partition("<nav")[2].partition("</nav>")[0]
        assert re.findall(r'stroke="(#\w+)"', legend) == list(COLOURS[: len(who)])


def test_cards_of_one_image_stand_together_in_the_place_of_the_first(tmp_path: Path) -> None:
    first, second = (write_image(tmp_path / name) for name in ("a.png", "b.png"))
    html = page(tmp_path, card(second, "one"), card(first, "two"), card(second, "three"))
    assert re.findall(r"<p>(\w+)</p>", html) == ["one", "three", "two"]
    assert html.index("b.png") < html.index("a.png")


@pytest.mark.parametrize(
    "edges", [(0, 0, 20, 10), (300, 390, 320, 400), (0, 0, 320, 400), (10.5, 3.2, 11, 399)]
)
def test_a_crop_stays_within_the_image_and_shows_what_fits(tmp_path: Path, edges: tuple[float, ...]) -> None:
    html = page(tmp_path, card(write_image(tmp_path / "a.png"), edges=edges))
    view = re.findall(r'viewBox="([\d. ]+)" role="img" aria-label="Look', html)[0]
    left, top, width, height = map(float, view.split())
    assert left >= 0 and top >= 0 and left + width <= 320 and top + height <= 400
    if edges[3] - edges[1] < 320:
        assert left <= edges[0] and top <= edges[1]
        assert left + width >= edges[2] and top + height >= edges[3]


def test_the_crop_shows_the_right_place(tmp_path: Path) -> None:
    pixels = np.zeros((400, 320), np.uint16)
    pixels[200:220, 100:140] = 4000
    Image.fromarray(pixels).save(tmp_path / "a.png")
    html = page(tmp_path, card(tmp_path / "a.png", edges=(100, 200, 140, 220)))
    crop = np.asarray(jpegs(html)[1])
    middle = crop.shape[0] // 2
    assert crop[middle, middle] > 240 and crop[5, 5] < 15


def test_a_page_without_cards_says_so(tmp_path: Path) -> None:
    assert "Nothing to show" in page(tmp_path)


def test_a_page_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="check that the picture exists"):
        page(tmp_path, card(tmp_path / "none.png"))
    with pytest.raises(BadInputError, match="cannot be written"):
        write_gallery(tmp_path / "nowhere" / "page.html", "", "", (), ())
    assert list(tmp_path.iterdir()) == []


# --- the disagreements


def disc(place: int, label: str = "normal", shift: int = 0) -> list[Box]:
    edges = (100 + shift, 40 * place, 160 + shift, 40 * place + 20)
    return [Box("disc", *edges), Box(label, *edges)]


def cards(*readers: list[Box]) -> list[Card]:
    names = ("anna", "ben", "carla")[: len(readers)]
    opinions = Opinions(Path("a.png"), tuple(structures(boxes) for boxes in readers))
    return disagreement_cards(Readings(names, (opinions,), (), ()), {"a.png": "P1"})


def test_disagreements_come_worst_first() -> None:
    slip = Box("spondylolisthesis", 90, 230, 170, 270)
    vertebra = Box("vertebra", 90, 300, 170, 340)
    anna = [*disc(0), *disc(1), *disc(2), *disc(3), *disc(4), slip, vertebra, *disc(6)]
    ben = [*disc(0), *disc(1, shift=14), *disc(3, "bulge"), *disc(4, "herniation"), *disc(6, shift=12)]
    found = cards(anna, ben)
    assert [item.kind for item in found] == [
        "different diagnosis",
        "different diagnosis",
        "disc drawn by some only",
        "spondylolisthesis drawn by some only",
        "vertebra drawn by some only",
        "disc boxed differently",
        "disc boxed differently",
    ]
    assert [[one.says for one in item.opinions] for item in found[:3]] == [
        ["normal", "herniation"], ["normal", "bulge"], ["normal", "not drawn"],
    ]  # fmt: skip
    assert found[5].opinions[0].edges == disc(1)[0].edges


def test_agreement_is_no_card() -> None:
    assert cards([*disc(0), *disc(1, "bulge")], [*disc(0, shift=2), *disc(1, "bulge")]) == []


def test_boxes_too_far_off_each_other_are_one_card() -> None:
    (found,) = cards(disc(0), disc(0, "bulge", shift=25))
    assert "too little" in found.sentence
    assert found.opinions[1] == Opinion("ben", "bulge, beside it", disc(0, shift=25)[0].edges)


def test_three_readers_share_a_card() -> None:
    (found,) = cards(disc(0), disc(0, "bulge"), [])
    assert (found.kind, found.sentence) == ("different diagnosis", "Only anna and ben drew it.")
    assert [one.says for one in found.opinions] == ["normal", "bulge", "not drawn"]
