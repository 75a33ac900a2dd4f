"""The contact page of a batch: HTML with a card for each study, that needs no network."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from axial.pictures import StudyPictures
from axial.result import StudyResult
from reporting.drawing import axial_picture, jpeg, key_slices, sagittal_picture, with_activation
from reporting.impression import activation_maps, caveats, main_findings
from reporting.wording import RESEARCH_ONLY, name

_THUMBNAIL, _SMALL, _QUALITY = 400, 200, 80
"""Pixels of the sagittal and of axial pictures from top to bottom, shown at about half of it; of hundreds the
page stays small enough."""


@dataclass(frozen=True)
class DiscMap:
    """An axial picture with the activation map of its verdict beside it, a data URI, and what it is of."""

    picture: str
    caption: str


@dataclass(frozen=True)
class StudyCard:
    """What the page says of one study. ``picture``: a data URI, "" for none; ``links``: text and address;
    ``maps``: of its abnormal discs, and ``about_maps``, what they are."""

    study: str
    picture: str
    findings: tuple[str, ...]
    doubts: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    maps: tuple[DiscMap, ...] = ()
    about_maps: str = ""


@dataclass(frozen=True)
class FailedStudy:
    """A study that could not be read, and why."""

    study: str
    reason: str


def study_card(
    result: StudyResult,
    pictures: StudyPictures,
    pdf: str | None = None,
    json: str | None = None,
    maps: bool = False,
) -> StudyCard:
    """``pdf`` and ``json``: the files of the study, as paths from the page, None where there are none.
    ``maps``: whether to show the activation maps that the result has.

    A card holds a small picture and words alone, so that a page of hundreds opens at once.
    """
    drawn = sagittal_picture(result, pictures, _THUMBNAIL)
    shown = _maps(result, pictures) if maps else ()
    return StudyCard(
        study=result.study,
        picture=_data_uri(drawn) if drawn else "",
        findings=main_findings(result),
        doubts=caveats(result),
        # "./" keeps a name with a colon from being taken for a scheme.
        links=tuple((text, f"./{quote(file)}") for text, file in (("PDF", pdf), ("JSON", json)) if file),
        maps=shown,
        about_maps=activation_maps(result) if shown else "",
    )


def contact_page(
    cards: Sequence[StudyCard],
    failed: Sequence[FailedStudy] = (),
    pages: Sequence[str] = ("index.html",),
    number: int = 0,
    read: int | None = None,
) -> str:
    """The HTML of one page over a batch.

    ``pages``: the files of all pages of a large batch, of which this is the one at ``number`` (from 0);
    ``read``: how many studies all of them show, those of this one where not given.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("contact.html")
    count = len(cards) if read is None else read
    return page.render(
        cards=cards, read=count, failed=failed, pages=pages, number=number, notice=RESEARCH_ONLY
    )


def _maps(result: StudyResult, pictures: StudyPictures) -> tuple[DiscMap, ...]:
    by_name = {picture.name: picture for picture in pictures.axial}
    return tuple(
        DiscMap(
            _data_uri(with_activation(item, axial_picture(item, finding, picture, _SMALL), picture)),
            f"{name(finding) if finding else item.picture}: {item.verdict}",
        )
        for finding, item in key_slices(result)
        if item.activation and (picture := by_name.get(item.picture))
    )


def _data_uri(picture: Image.Image) -> str:
    return f"data:image/jpeg;base64,{b64encode(jpeg(picture, _QUALITY)).decode()}"
