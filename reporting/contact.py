"""The contact page of a batch: one HTML file, a card for each study, that needs no network."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from axial.pictures import StudyPictures
from axial.result import StudyResult
from imaging.new_folder import write_whole
from reporting.drawing import jpeg, sagittal_picture
from reporting.impression import caveats, main_findings
from reporting.wording import RESEARCH_ONLY

_THUMBNAIL, _QUALITY = 400, 80
"""Pixels from top to bottom, shown at about half of it; of hundreds the page stays small enough."""


@dataclass(frozen=True)
class StudyCard:
    """What the page says of one study. ``picture``: a data URI, "" for none; ``links``: text and address."""

    study: str
    picture: str
    findings: tuple[str, ...]
    doubts: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FailedStudy:
    """A study that could not be read, and why."""

    study: str
    reason: str


def study_card(
    result: StudyResult, pictures: StudyPictures, pdf: str | None = None, json: str | None = None
) -> StudyCard:
    """``pdf`` and ``json``: the files of the study, as paths from the page, None where there are none.

    A card holds a small picture and words alone, so that those of a large batch fit into memory.
    """
    drawn = sagittal_picture(result, pictures, _THUMBNAIL)
    picture = b64encode(jpeg(drawn, _QUALITY)).decode() if drawn else ""
    return StudyCard(
        study=result.study,
        picture=f"data:image/jpeg;base64,{picture}" if picture else "",
        findings=main_findings(result),
        doubts=caveats(result),
        # "./" keeps a name with a colon from being taken for a scheme.
        links=tuple((text, f"./{quote(file)}") for text, file in (("PDF", pdf), ("JSON", json)) if file),
    )


def write_contact_page(cards: Sequence[StudyCard], failed: Sequence[FailedStudy], path: Path) -> None:
    """Write the page, whole or not at all. Raises OSError."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("contact.html")
    write_whole(path, page.render(read=cards, failed=failed, notice=RESEARCH_ONLY))
