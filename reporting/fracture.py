"""A vertebra that a reader marked, in the words and pictures of the report: whether its fracture is benign or
malignant."""

from dataclasses import dataclass

from axial.pictures import StudyPicture
from fracture.causes import MALIGNANT
from fracture.result import FractureResult
from models.activation import HOW_TO_READ
from reporting.drawing import close_up_of_map, jpeg, marked_slice
from reporting.page import Figure, Page
from reporting.wording import percent

_HEADING = "Vertebral fracture"
_METHOD = (
    "From T1 and T2 of the slice and of the two beside it. Malignant is called from {} on, the share of "
    "malignant fractures in training, because missing the rarer cause costs more."
)
_MAP = (
    "Beside the slice, around the vertebra, the activation map: what spoke for {} in the classifier, "
    + HOW_TO_READ
)
_WIDTH, _ROOM = 62.0, 120.0
"""mm: of a picture, and below the heading."""


@dataclass(frozen=True)
class ReportedFracture:
    """``picture``: the slice on which the vertebra is marked."""

    result: FractureResult
    picture: StudyPicture


def fracture_in_short(result: FractureResult) -> str:
    """What is said of the vertebra, in a sentence."""
    likely = f"probability of malignancy {percent(result.probabilities.get(MALIGNANT, 0.0))}"
    return f"Vertebral fracture, marked by {result.marked_by}: the AI says {result.cause} ({likely})."


def write_fracture(page: Page, fracture: ReportedFracture, maps: bool) -> None:
    """The part of a report on it. ``maps``: whether to draw its activation map, where it has one."""
    result, picture = fracture.result, fracture.picture
    page.heading(_HEADING, _ROOM)
    page.paragraph(fracture_in_short(result))
    if result.called_from is not None:
        page.paragraph(_METHOD.format(percent(result.called_from)))
    shown = [Figure(jpeg(marked_slice(result, picture)), f"{picture.name}. Box: the vertebra.")]
    activation = result.activation if maps else None
    if activation is not None:
        caption = f"Map: what spoke for {result.cause}."
        shown.append(Figure(jpeg(close_up_of_map(activation, picture)), caption))
    page.figures(shown, _WIDTH)
    if activation is not None:
        places = len(activation.rows[0]), len(activation.rows)
        page.note(_MAP.format(result.cause, *places))
